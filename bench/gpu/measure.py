"""Measures on a CUDA GPU what the GPU model assumes, and writes it as JSON.

    python3 bench/gpu/measure.py --out bench/gpu/h100.json          all, a minute and a half
    python3 bench/gpu/measure.py --only memory,sync --quick         some sections, few repetitions

Needs nvcc for the sections launch, memory, sync, tokens (and cuBLAS for load), PyTorch and Triton for
gemm and gate. What is missing is skipped, in one line. Nothing about the GPU is changed. What each
section measures stands at the top of its file: launch.cu, memory.cu, sync.cu, tokens.cu, load.cu, gemm.py,
gate.py. `compare.py` sets the result against the model's constants.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROBES = {"launch": [], "memory": [], "sync": [], "tokens": [], "load": ["-lcublas"]}
PYTHON = {"gemm": "gemm.py", "gate": "gate.py"}
SECTIONS = [*PROBES, *PYTHON]
SMI_FIELDS = ["name", "memory.total", "power.limit", "power.default_limit", "driver_version", "clocks.max.sm",
              "clocks.max.memory", "ecc.mode.current", "mig.mode.current"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def smi(fields):
    """What nvidia-smi says about the first GPU, as strings; {} without it."""
    try:
        out = subprocess.run(["nvidia-smi", "-i", "0", "--query-gpu=" + ",".join(fields),
                              "--format=csv,noheader,nounits"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(zip(fields, (v.strip() for v in out.stdout.splitlines()[0].split(","))))


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def machine(nvcc):
    said = smi(SMI_FIELDS)
    device = {
        "name": said.get("name", "unknown"),
        "memory_mib": number(said.get("memory.total", "")),
        "power_limit_w": number(said.get("power.limit", "")),
        "default_power_limit_w": number(said.get("power.default_limit", "")),
        "max_sm_mhz": number(said.get("clocks.max.sm", "")),
        "max_memory_mhz": number(said.get("clocks.max.memory", "")),
        "ecc": said.get("ecc.mode.current", "unknown"),
        "mig": said.get("mig.mode.current", "unknown"),
        "driver": said.get("driver_version", "unknown"),
    }
    if nvcc:
        version = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=False).stdout
        device["cuda"] = version.split("release ")[-1].split(",")[0] if "release " in version else "unknown"
    try:
        import torch
        import triton
        device["torch"] = torch.__version__
        device["triton"] = triton.__version__
        if torch.cuda.is_available():
            properties = torch.cuda.get_device_properties(0)
            device["sms"] = properties.multi_processor_count
            device["l2_mb"] = round(properties.L2_cache_size / 1e6, 1)
    except ImportError:
        pass
    return device


class Watch(threading.Thread):
    """Reads clock and power while a probe runs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.samples = []
        self.going = True

    def run(self):
        while self.going:
            said = smi(["clocks.sm", "power.draw", "temperature.gpu", "clocks_event_reasons.active"])
            if said:
                self.samples.append((time.monotonic(), said))
            time.sleep(0.05)

    def records(self):
        self.going = False
        self.join(timeout=5)
        names = {"clocks.sm": ("smi_clock", "MHz"), "power.draw": ("smi_power", "W"),
                 "temperature.gpu": ("smi_temperature", "C")}
        for field, (name, unit) in names.items():
            values = sorted(v for _, said in self.samples if (v := number(said[field])) is not None)
            if values:
                yield {"section": "load", "name": name, "at": {}, "unit": unit, "n": len(values), "min": values[0],
                       "median": values[len(values) // 2], "max": values[-1]}
        reasons = sorted({said["clocks_event_reasons.active"] for _, said in self.samples})
        say(f"clock event reasons seen under load: {' '.join(reasons)}")


def lines_of(command, seconds):
    """The records that a program prints, one a line; what it printed until its time was over."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        timer = threading.Timer(seconds, program.kill)
        timer.start()
        for line in program.stdout:
            try:
                yield json.loads(line)
            except ValueError:
                say(line.rstrip())
        timer.cancel()
    if program.returncode != 0:
        say(f"{os.path.basename(command[-1] if command[0] == sys.executable else command[0])}: "
            f"ended with {program.returncode}")


def build(nvcc, names, folder):
    """Starts all compilers at once; the programs that came out, by name."""
    jobs = {name: subprocess.Popen([nvcc, "-O3", "-std=c++17", "-arch=native", os.path.join(HERE, name + ".cu"),
                                    *PROBES[name], "-o", os.path.join(folder, name)]) for name in names}
    built = {}
    for name, job in jobs.items():
        if job.wait() == 0:
            built[name] = os.path.join(folder, name)
        else:
            say(f"{name}: {name}.cu does not compile here, skipped")
    return built


def write(path, device, records):
    """One record a line, so that two runs can be compared."""
    text = json.dumps({"schema": 1, "device": device}, indent=1)[:-2] + ',\n "records": [\n'
    text += ",\n".join("  " + json.dumps(r) for r in records) + "\n ]\n}\n"
    with open(path + ".new", "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="gpu.json", help="where the result goes (gpu.json)")
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, separated by commas")
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    parser.add_argument("--limit", type=float, default=150, help="seconds a section may take")
    args = parser.parse_args()
    wanted = args.only.split(",")
    unknown = sorted(set(wanted) - set(SECTIONS))
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")

    nvcc = shutil.which("nvcc") or shutil.which("/usr/local/cuda/bin/nvcc")
    device = machine(nvcc)
    if device["name"] == "unknown":
        sys.exit("measure.py: nvidia-smi names no GPU here")
    records = []
    quick = ["--quick"] if args.quick else []
    with tempfile.TemporaryDirectory() as folder:
        probes = [name for name in wanted if name in PROBES]
        if probes and not nvcc:
            say(f"no nvcc here: {', '.join(probes)} skipped")
        built = build(nvcc, probes, folder) if nvcc else {}
        scripts = [name for name in wanted if name in PYTHON]
        if scripts and "triton" not in device:
            say(f"no PyTorch and Triton here: {', '.join(scripts)} skipped")
            wanted = [name for name in wanted if name not in scripts]
        for name in wanted:
            if name in PROBES and name not in built:
                continue
            command = [built[name]] if name in built else [sys.executable, os.path.join(HERE, PYTHON[name])]
            from_s = time.monotonic()
            watch = Watch() if name == "load" else None
            if watch:
                watch.start()
            count = len(records)
            for record in lines_of(command + quick, args.limit):
                if "error" in record:
                    say(f"{record['section']}: {record['error']}")
                else:
                    records.append(record)
            if watch:
                records.extend(watch.records())
            write(args.out, device, records)
            say(f"{name}: {len(records) - count} records, {time.monotonic() - from_s:.1f} s")
    return 0 if records else 1


if __name__ == "__main__":
    sys.exit(main())
