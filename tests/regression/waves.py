"""The wave save file shows what it promises: records a short window and looks up every signal that
sim/waves/hub.gtkw names; fails when the trace does not have one, or when the clock is not first."""
import os
import re
import subprocess
import sys

program = os.environ["MOEHUB"]
source = os.environ["MOEHUB_SOURCE"]
save = os.path.join(source, "sim", "waves", "hub.gtkw")


def trace_signals(fst):
    """Names of all signals of an FST file, without ranges."""
    vcd = subprocess.run(["fst2vcd", fst], check=True, capture_output=True, text=True).stdout
    scope, names = [], set()
    for line in vcd.splitlines():
        words = line.split()
        if line.startswith("$scope"):
            scope.append(words[2])
        elif line.startswith("$upscope"):
            scope.pop()
        elif line.startswith("$var"):
            names.add(".".join(scope + [re.sub(r"\[[0-9]+:[0-9]+\]$", "", words[4])]))
        elif line.startswith("$enddefinitions"):
            break
    return names


def named_signals(path):
    """Signals that a GTKWave save file shows, in order, with file line."""
    found = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if re.match(r"^(\{?[A-Za-z_]\w*\.)", line):
                name = line.strip("{}").split()[0]
                found.append((number, re.sub(r"\[[0-9]+:[0-9]+\]$", "", name)))
    return found


def main():
    run = [program, "run", "--flow", "moehub", "--tokens", "16", "--waves", "hub.fst",
           "--waves-window", "5:5.4", "--out", "run", "--quiet"]
    subprocess.run(run, check=True)
    traced = trace_signals("hub.fst")
    named = named_signals(save)
    missing = [(n, s) for n, s in named if s not in traced]
    for number, signal in missing:
        print(f"hub.gtkw:{number}: the trace has no signal {signal}")
    if len(named) < 30:
        print(f"hub.gtkw names only {len(named)} signals")
        return 1
    if not named[0][1].endswith(".clk_i"):
        print(f"hub.gtkw:{named[0][0]}: the clock must come first, found {named[0][1]}")
        return 1
    print(f"{len(named)} signals named, {len(traced)} in the trace, {len(missing)} missing")
    return 1 if missing else 0


sys.exit(main())
