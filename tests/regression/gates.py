"""A routing trace through the mapped netlist of a small hub and through its RTL: the same rows, tiles, counters and times,
to the nanosecond; through the C++ hub: the same rows, tiles and counters. With one gate of the netlist
swapped the run fails, or the results differ: of eight gates, spread over addr_alloc, at least two, for most change nothing
that the trace shows.

Synthesis and compiling the gates take some ten minutes on two cores, so `make gates` runs this, and `make test` does not."""
import glob
import json
import os
import subprocess
import sys

PROGRAM, SOURCE, BUILD = (os.environ[name] for name in ("MOEHUB", "MOEHUB_SOURCE", "MOEHUB_BUILD"))
RUN = ["--system", "gates", "--model", "gpt-oss-20b", "--flow", "moehub", "--layers", "0:1", "--quiet"]
# 32 experts on two GPUs: the 16 regions that the hub has. The recording is no part of the project.
RECORDED = os.path.join(SOURCE, "..", "shared", "traces", "gpt-oss-20b-decode.npz")
TRACES = {"generated": ["--routing", "like:gpt-oss-20b-decode", "--tokens", "4"]}
if os.path.exists(RECORDED):
    TRACES["recorded"] = ["--trace", RECORDED, "--tokens", "12"]


def library(*arguments):
    """Builds a hub to load; None when synthesis cannot be run here."""
    done = subprocess.run([sys.executable, os.path.join(SOURCE, "scripts", "synth", "gates.py"), *arguments],
                          env={**os.environ, "BUILD": BUILD}, capture_output=True, text=True, check=False)
    if done.returncode == 2 and "deps.sh" in done.stderr:
        print(f"skipped: {done.stderr.strip()}")
        sys.exit(77)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return os.path.join(SOURCE, done.stdout.split()[-1])


def run(name, trace, hub, **environment):
    """Exit status and summary of a run, without what belongs to the host or names the hub."""
    out = f"{trace}-{name}"
    done = subprocess.run([PROGRAM, "run", *RUN, *TRACES[trace], "--hub", hub, "--out", out],
                          env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    try:
        with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
            summary = json.load(file)
    except FileNotFoundError:
        sys.exit(f"{out}: {done.stdout}{done.stderr}")
    seconds = summary.pop("host")["wall_s"]
    summary["config"].pop("hub")
    print(f"{out}: exit {done.returncode}, ok {summary['check']['ok']}, {summary['check']['rows_delivered']} rows, "
          f"{summary['hub']['packets']} packets, {summary['hub']['rat_spills']} spills, {seconds:.1f} s")
    return done.returncode, summary


def main():
    if not os.environ.get("GATES"):
        print("skipped: run by `make gates`")
        return 77
    rtl, gates = library("--rtl"), library()
    wrong, expected = [], {}
    for trace in TRACES:
        status, expected[trace] = run("rtl", trace, "gates", MOEHUB_GATES=rtl)
        if status or not expected[trace]["check"]["ok"]:
            wrong.append(f"{trace}: the RTL fails its checks")
        _, mapped = run("gates", trace, "gates", MOEHUB_GATES=gates)
        wrong += [f"{trace}: gates and RTL differ in {section}" for section in mapped
                  if mapped[section] != expected[trace][section]]
        _, model = run("model", trace, "model")   # whose times may be a few cycles off
        wrong += [f"{trace}: C++ hub and RTL differ in {section}" for section in ("hub", "check")
                  if model[section] != expected[trace][section]]
    # Some change nothing that the trace shows, such as when a register loads that nobody looks at.
    noticed, swaps = 0, 8
    for gate in map(str, range(1, swaps + 1)):
        status, swapped = run(f"swapped-{gate}", "generated", "gates", MOEHUB_GATES=gates, MOEHUB_SWAP_GATE=gate)
        noticed += status != 0 or swapped != expected["generated"]
    print(f"{noticed} of {swaps} swapped gates noticed")
    if noticed < 2:
        wrong.append("fewer than two swapped gates were noticed")
    for line in wrong:
        print(line)
    return int(bool(wrong))


sys.exit(main())
