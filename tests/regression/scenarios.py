"""Every scenario with few tokens: all checks hold under all flows, rows have a latency wherever they move, the hub's
are late least, and the volume of DeepSeek-V3 is what its formula says."""
import json
import os
import re
import subprocess
import sys

program, source = os.environ["MOEHUB"], os.environ["MOEHUB_SOURCE"]
wrong = []
names = sorted(name[: -len(".toml")] for name in os.listdir(os.path.join(source, "sim/scenarios")))
done = subprocess.run([sys.executable, os.path.join(source, "scripts/scenarios.py"), "--moehub", program, "--out",
                       os.path.abspath("out"), "--", "--tokens", "16"], capture_output=True, text=True)
print(done.stdout)
if done.returncode != 0:
    sys.exit(done.stderr)
for name in names:
    with open(f"out/{name}/summary.json", encoding="utf-8") as file:
        summary = json.load(file)
    check, flows = summary["check"], summary["flows"]
    if not check["ok"] or check["rows_delivered"] != check["rows_expected"] or summary["config"]["scenario"] != name:
        wrong.append(f"{name}: {check}")
    if set(flows) != {"moehub", "megatron-te", "megatron-cutlass", "fastermoe", "tutel", "comet", "ccfuser", "deepep",
                      "deepep-ll", "ideal"}:
        wrong.append(f"{name}: flows {sorted(flows)}")
    for flow, f in flows.items():
        row = f["row_latency_ns"]
        if flow == "ideal":
            if row is not None:
                wrong.append(f"{name}: ideal moves no rows")
            continue
        if not 0 < row["p50"] <= row["p99"] <= row["p999"] <= row["max"] <= 1e3 * f["layer_us"]:
            wrong.append(f"{name}: {flow}: {row} in a layer of {f['layer_us']} us")
        if row["p99"] < flows["moehub"]["row_latency_ns"]["p99"]:
            wrong.append(f"{name}: rows under {flow} are there before the hub's: {row}")
    line = f"{name}: .* check ok"
    if not re.search(line, done.stdout):
        wrong.append(f"the table lacks '{line}'")

with open("out/traffic-deepseek-v3/summary.json", encoding="utf-8") as file:
    volume, by_node = json.load(file)["volumes"]
vectors = 4096 * 8 * (1 - 1 / 256)
for key, value, bound in (("vectors_out", vectors, 1e-4), ("bytes_out", vectors * 14336, 1e-4),
                          ("forward_bytes_out", vectors * 14336 * 58 * 2, 1e-4)):
    if abs(volume[key] / value - 1) > bound:
        wrong.append(f"volume: {key} {volume[key]}, expected {value}")
# With a group a node, 4 of 8 groups of a token: its own node is one of them half the time.
if not 3.4 < by_node["crossings_once_a_node"] / 4096 <= 3.5 or by_node["gpus"] != 64:
    wrong.append(f"volume: {by_node}")
for line in wrong:
    print(line)
sys.exit(1 if wrong else 0)
