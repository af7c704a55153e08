"""A row table far too small for the traffic: rows spill to memory and come back, and nothing is lost."""
import json
import os
import subprocess
import sys

program = os.environ["MOEHUB"]


def run(hub):
    out = f"small-{hub}"
    command = [program, "run", "--flow", "moehub", "--model", "qwen2-moe-2.7b", "--tokens", "64", "--hub", hub,
               "--set", "hub.rat_entries=64", "--out", out, "--quiet"]
    subprocess.run(command, check=True)
    with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
        return json.load(file)


def main():
    wrong = []
    for hub in ("rtl", "model"):
        summary = run(hub)
        spills, fills = summary["hub"]["rat_spills"], summary["hub"]["rat_fills"]
        print(f"{hub}: {spills} spills, {fills} fills, ok {summary['check']['ok']}")
        if not (summary["check"]["ok"] and spills > 0 and fills > 0):
            wrong.append(hub)
    return 1 if wrong else 0


sys.exit(main())
