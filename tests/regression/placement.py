"""The same routing with experts in other places: nothing is lost, and every expert gets the same rows."""
import csv
import json
import os
import subprocess
import sys

program = os.environ["MOEHUB"]
places = {
    "contiguous": [],
    "round-robin": ["placement.experts=round-robin"],
    "balanced": ["placement.experts=balanced"],
    "copies": ["placement.experts=balanced", "placement.redundant_experts=8"],
    "tensor-parallel": ["placement.attention_tp=4"],
}


def run(name, settings):
    command = [program, "run", "--routing", "like:gpt-oss-20b-decode", "--tokens", "64", "--layers", "1:3", "--flow",
               "moehub,ideal", "--hub", "model", "--out", name, "--quiet"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    with open(os.path.join(name, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    with open(os.path.join(name, "experts.csv"), encoding="utf-8") as file:
        experts = {(line["flow"], line["layer"], line["expert"]): int(line["rows"]) for line in csv.DictReader(file)}
    return summary, experts


wrong = []
results = {name: run(name, settings) for name, settings in places.items()}
base, base_experts = results["contiguous"]
for name, (summary, experts) in results.items():
    check = summary["check"]
    if not check["ok"] or check["rows_delivered"] != check["rows_expected"]:
        wrong.append(f"{name}: {check}")
    if summary["config"]["num_experts"] != 32 or len(summary["hub"]["rows_by_expert"]) != 32:
        wrong.append(f"{name}: not counted by the model's experts")
    if sum(summary["hub"]["rows_by_expert"]) != 2 * 8 * 64 * 4:
        wrong.append(f"{name}: rows_by_expert {summary['hub']['rows_by_expert']}")
    same_tokens = name != "tensor-parallel"  # whose groups work on other parts of the routing
    if same_tokens and experts != base_experts:
        wrong.append(f"{name}: experts have other rows than with contiguous blocks")
    print(f"{name}: layer {summary['flows']['moehub']['layer_us']:.1f} us, ideal {summary['flows']['ideal']['layer_us']:.1f}")
for line in wrong:
    print(line)
sys.exit(1 if wrong else 0)
