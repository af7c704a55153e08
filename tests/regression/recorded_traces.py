"""Recorded routing of real models through the RTL hub, then through the C++ hub: nothing lost, nothing doubled,
nothing early, and both hubs agree on rows, tiles and refusals.

The recordings are no part of the project: without the folder ../shared/traces the test is skipped."""
import glob
import json
import os
import subprocess
import sys

program = os.environ["MOEHUB"]
source = os.environ["MOEHUB_SOURCE"]
traces = sorted(glob.glob(os.path.join(source, "..", "shared", "traces", "*.npz")))
models = sorted(name[:-5] for name in os.listdir(os.path.join(source, "sim", "models")))
tokens = 256


def model_of(trace):
    """The longest model name that the trace's file name starts with."""
    name = os.path.basename(trace)
    fitting = [m for m in models if name.startswith(m)]
    if not fitting:
        sys.exit(f"{name}: no model in sim/models fits its name")
    return max(fitting, key=len)


def run(trace, model, hub):
    out = f"{os.path.basename(trace)[:-4]}-{hub}"
    command = [program, "run", "--trace", trace, "--model", model, "--layers", "0:1", "--tokens", str(tokens),
               "--flow", "moehub", "--hub", hub, "--out", out, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
        return json.load(file)


def main():
    if not traces:
        print("skipped: no recorded traces beside the project (../shared/traces)")
        return 77
    wrong = []
    for trace in traces:
        name, model = os.path.basename(trace), model_of(trace)
        rtl, c = (run(trace, model, hub) for hub in ("rtl", "model"))
        for hub, summary in (("rtl", rtl), ("model", c)):
            check = summary["check"]
            bad = {key: check[key] for key in ("rows_lost", "rows_duplicated", "bytes_wrong", "tiles_early",
                                               "tiles_missing") if check[key] != 0}
            if not check["ok"] or bad or check["rows_delivered"] != check["rows_expected"]:
                wrong.append(f"{name}, {hub}: {check}")
        for section, key in (("hub", "rows_by_expert"), ("hub", "rat_allocs"), ("check", "rows_delivered"),
                             ("check", "refused")):
            if rtl[section][key] != c[section][key]:
                wrong.append(f"{name}: {section}.{key} differs: rtl {rtl[section][key]}, model {c[section][key]}")
        print(f"{name}: {model}, {rtl['check']['rows_delivered']} rows, "
              f"{rtl['hub']['packets']} packets, {rtl['host']['packets_per_s']:.0f} packets/s, "
              f"layer {rtl['flows']['moehub']['layer_us']:.1f} us (model hub {c['flows']['moehub']['layer_us']:.1f})")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


sys.exit(main())
