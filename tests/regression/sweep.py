"""`moehub sweep`: every combination once, in order; going on after it was killed; nothing half-written counts."""
import csv
import os
import shutil
import signal
import subprocess
import sys
import time

program = os.environ["MOEHUB"]
SPEC = """
hub = "model"
flow = "moehub,ideal"
tokens = [16, 32]
[set]
"hub.entries" = [8, 16]
"""
failures = []


def expect(holds, text):
    if not holds:
        failures.append(text)


def spec(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def sweep(file, out, *options):
    return subprocess.run([program, "sweep", file, "--out", out, *options], capture_output=True, text=True, check=False)


def table(out):
    with open(os.path.join(out, "sweep.csv"), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main():
    for folder in ("whole", "killed", "bad"):
        shutil.rmtree(folder, ignore_errors=True)
    file = spec("grid.toml", SPEC)
    done = sweep(file, "whole")
    rows = table("whole")
    expect(done.returncode == 0, f"exit status {done.returncode}: {done.stderr}")
    expect([(r["tokens"], r["hub.entries"], r["flow"]) for r in rows] ==
           [(t, e, f) for t in ("16", "32") for e in ("8", "16") for f in ("ideal", "moehub")], f"points {rows}")
    expect(all(r["check_ok"] == "true" and float(r["layer_us"]) > 0 for r in rows), "a check")

    # Killed with one point there and another under way, whose folder then looks nearly whole.
    process = subprocess.Popen([program, "sweep", file, "--out", "killed", "--jobs", "1"], stdout=subprocess.DEVNULL,
                               start_new_session=True)
    first = os.path.join("killed", "tokens=16,hub.entries=8")
    while not os.path.isdir(first) and process.poll() is None:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    second = os.path.join("killed", "tokens=16,hub.entries=16")
    shutil.rmtree(second, ignore_errors=True)
    shutil.copytree(first, second)
    os.remove(os.path.join(second, "point.json"))
    before = os.stat(os.path.join(first, "point.json")).st_mtime_ns
    done = sweep(file, "killed")
    expect(done.returncode == 0 and "4 of 4 points" in done.stdout, f"going on: {done.stdout}{done.stderr}")
    expect(table("killed") == rows, "killed and gone on, other results")
    expect(os.stat(os.path.join(first, "point.json")).st_mtime_ns == before, "a point that was there was run again")
    expect(not [name for name in os.listdir("killed") if name.endswith(".part")], "half-written folders are left")

    # Other options: points of the same name are run again.
    sweep(spec("other.toml", SPEC.replace('"moehub,ideal"', '"ideal"')), "killed")
    expect([r["flow"] for r in table("killed")] == ["ideal"] * 4, "results of other options were taken")

    done = sweep(spec("bad.toml", SPEC.replace("32", "-1")), "bad")
    expect(done.returncode == 2 and done.stderr.count("--tokens: '-1'") == 2, f"a refused point: {done.stderr}")
    expect(len(table("bad")) == 4, "the others' results were lost")
    for text, words in (("tokns = 1", "unknown key 'tokns'"), ("tokens = []", "an empty list"), ("set = 3", "a table [set]"),
                        ("tokens = [[1]]", "another type"), ("tokens = ", "line 1")):
        done = sweep(spec("wrong.toml", text), "wrong")
        expect(done.returncode == 2 and done.stderr.count("\n") == 1 and words in done.stderr, f"{text}: {done.stderr}")
    done = sweep("nowhere.toml", "wrong")
    expect(done.returncode == 2 and "nowhere.toml" in done.stderr, f"missing file: {done.stderr}")
    print("\n".join(failures) if failures else "ok")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
