"""Two nodes of 8 GPUs with RTL hubs and with their model, four nodes, and one NVLink domain of 72 GPUs: every row gets
where it must, with the hub and with DeepEP, and a token's row crosses to a node once."""
import csv
import json
import os
import subprocess
import sys

program = os.environ["MOEHUB"]
wrong = []


def run(name, *arguments):
    flows = "moehub,moehub-dep,moehub-pkt,deepep,ideal"
    command = [program, "run", "--flow", flows, "--out", name, "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    with open(os.path.join(name, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    with open(os.path.join(name, "hub.csv"), encoding="utf-8") as file:
        counts = {line["counter"]: int(line["value"]) for line in csv.DictReader(file) if line["flow"] == "moehub"}
    if not summary["check"]["ok"] or summary["check"]["rows_delivered"] != summary["check"]["rows_expected"]:
        wrong.append(f"{name}: {summary['check']}")
    times = {flow: values["layer_us"] for flow, values in summary["flows"].items()}
    ranked = [times[flow] for flow in ("ideal", "moehub", "moehub-dep", "moehub-pkt")]
    if any(slower < 0.98 * faster for faster, slower in zip(ranked, ranked[1:])) or times["deepep"] < times["moehub"]:
        wrong.append(f"{name}: {times}")
    print(name, times, f"network {counts['network_bytes']} B")
    return times["moehub"], counts


two_nodes = ["--gpus", "16", "--model", "qwen3-30b-a3b", "--tokens", "8", "--seed", "5"]
rtl_us, rtl = run("rtl", *two_nodes, "--hub", "rtl")
model_us, model = run("model", *two_nodes, "--hub", "model")
if abs(rtl_us / model_us - 1) > 0.02:
    wrong.append(f"RTL hubs {rtl_us} us, their model {model_us} us")
# 128 tokens of 4 KiB cross to the other node at most once in dispatch, their sums once in combine; headers on top.
row = 4096
if not 128 * 2 * row * 0.9 < rtl["network_bytes"] < 128 * 2 * row * 1.2:
    wrong.append(f"{rtl['network_bytes']} B between nodes")
run("four-nodes", "--gpus", "32", "--model", "deepseek-v3", "--tokens", "4", "--hub", "model", "--system", "dgx-h100")
_, counts = run("nvl72", "--system", "gb200-nvl72", "--model", "deepseek-v3", "--tokens", "4", "--hub", "model")
if counts["network_bytes"] != 0:
    wrong.append("one NVLink domain uses a network")
for line in wrong:
    print(line)
sys.exit(1 if wrong else 0)
