"""The committed GPU measurements are complete and plausible, the table on their page is theirs, and without a GPU
the scripts say so in a line."""
import json
import os
import subprocess
import sys
import tempfile

source = os.environ["MOEHUB_SOURCE"]
folder = os.path.join(source, "bench", "gpu")
failures = []

# What any GPU since A100 must lie within, by unit: wrong units and lost digits show.
PLAUSIBLE = {"us": (0.05, 1e5), "ns": (5, 5000), "GB/s": (10, 5e4), "MHz": (200, 3000), "TFLOP/s": (50, 5000),
             "W": (20, 2000), "C": (5, 110), "adds/ns": (0.1, 1000)}
SECTIONS = {"launch": 15, "memory": 100, "sync": 10, "tokens": 100, "load": 40, "gemm": 150, "gate": 100}


def expect(holds, text):
    if not holds:
        failures.append(text)


def check_file(name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        data = json.load(file)
    expect(data["schema"] == 1, f"{name}: schema")
    for key in ("name", "memory_mib", "power_limit_w", "driver", "cuda", "sms", "l2_mb", "torch", "triton"):
        expect(data["device"].get(key) not in (None, "", "unknown"), f"{name}: device.{key} is missing")
    seen, count = set(), dict.fromkeys(SECTIONS, 0)
    for r in data["records"]:
        where = f"{name}: {r['name']} {r['at']}"
        key = (r["name"], tuple(sorted(r["at"].items())))
        expect(key not in seen or r["name"] == "launch_loop", f"{where}: twice")
        seen.add(key)
        count[r["section"]] += 1
        low, high = PLAUSIBLE[r["unit"]]
        expect(low <= r["min"] <= r["median"] <= r["max"] <= high, f"{where}: {r['min']} {r['median']} {r['max']}")
        expect(r["n"] >= 3, f"{where}: {r['n']} repetitions")
    for section, least in SECTIONS.items():
        expect(count[section] >= least, f"{name}: {count[section]} records of {section}")
    print(f"{name}: {len(data['records'])} records")


def run(*command, **options):
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False, **options)


def main():
    files = sorted(f for f in os.listdir(folder) if f.endswith(".json"))
    expect(bool(files), "no measurements in bench/gpu")
    for name in files:
        check_file(name)
    checked = run(os.path.join(folder, "compare.py"), "--check", os.path.join(source, "docs", "gpu-measurements.md"))
    expect(checked.returncode == 0, checked.stderr.strip())
    with tempfile.TemporaryDirectory() as empty:
        said = run(os.path.join(folder, "measure.py"), "--out", os.path.join(empty, "x.json"), env={"PATH": empty})
    expect(said.returncode == 1 and said.stderr.strip().count("\n") == 0 and "no GPU" in said.stderr,
           f"measure.py without a GPU: {said.returncode} {said.stderr}")
    for text in failures:
        print(text)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
