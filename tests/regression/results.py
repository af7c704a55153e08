"""What a run leaves behind: every file, the same results for the same input, an exit status that scripts can
trust, and after Ctrl-C what was complete until then."""
import json
import os
import signal
import subprocess
import sys
import time

program = os.environ["MOEHUB"]
wrong = []


def check(holds, what):
    print(("ok    " if holds else "WRONG ") + what)
    if not holds:
        wrong.append(what)


def command(out, *more, tokens=32):
    return [program, "run", "--hub", "model", "--tokens", str(tokens), "--out", out, *more]


def summary(out):
    with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
        return json.load(file)


def results(out):
    """Everything but what the host's speed decides."""
    texts = {}
    for name in sorted(os.listdir(out)):
        if name in ("summary.json", "report.html"):
            continue
        with open(os.path.join(out, name), encoding="utf-8") as file:
            texts[name] = file.read()
    parts = summary(out)
    del parts["host"]
    return texts, parts


def files_and_determinism():
    first = subprocess.run(command("first"), capture_output=True, text=True)
    check(first.returncode == 0, "a good run ends with 0")
    check(first.stderr == "", "and says nothing on stderr in a pipe")
    check("report first/report.html" in first.stdout, "and where the report lies")
    expected = {"summary.json", "report.html", "timeline.json", "layers.csv", "experts.csv", "hub.csv", "checks.csv",
                "time.csv", "links.csv", "latency.csv"}
    check(set(os.listdir("first")) == expected, f"and leaves {', '.join(sorted(expected))}")
    quiet = subprocess.run(command("second", "--quiet"), capture_output=True, text=True)
    check(quiet.stdout == "" and quiet.stderr == "", "--quiet prints nothing")
    check(results("first") == results("second"), "the same input gives the same results")
    subprocess.run(command("alone", "--quiet", "--flow", "moehub"), check=True)
    check(summary("alone")["flows"]["moehub"]["layer_us"] == summary("first")["flows"]["moehub"]["layer_us"]
          and summary("alone")["hub"] == summary("first")["hub"], "a flow alone gives what it gives among others")
    reprint = subprocess.run([program, "report", "first"], capture_output=True, text=True)
    check(reprint.returncode == 0 and reprint.stdout in first.stdout, "moehub report prints the table again")


def layers():
    subprocess.run(command("layers", "--quiet", "--layers", "1:3", "--flow", "moehub"), check=True)
    with open("layers/layers.csv", encoding="utf-8") as file:
        numbers = [line.split(",")[1] for line in file.read().splitlines()[1:]]
    check(numbers == ["1", "2"], "layers keep their numbers")


def interrupt():
    """As many layers as keep it busy until it is told to stop."""
    run = subprocess.Popen(command("cut", "--layers", "0:32", "--flow", "moehub", tokens=256),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(3)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    check(run.returncode == 130, f"Ctrl-C ends a run with 130 (was {run.returncode})")
    check("interrupted" in errors, "and says so")
    cut = summary("cut")
    check(not cut["check"]["ok"], "a cut run is not ok")
    check(cut["check"]["rows_lost"] == 0, "but what was complete is right")


def refusals():
    for arguments, words in ((["--waves", "w.fst"], "--hub rtl"),
                             (["--set", "hub.regions=1", "--model", "qwen3-30b-a3b"], "hub.regions")):
        refused = subprocess.run(command("refused", *arguments), capture_output=True, text=True)
        check(refused.returncode == 2 and words in refused.stderr and refused.stderr.count("\n") == 1,
              f"{' '.join(arguments)} is refused in one line: {refused.stderr.strip()}")


files_and_determinism()
layers()
interrupt()
refusals()
sys.exit(1 if wrong else 0)
