"""A pass through a whole model: forward and training step, all checks, and sums that fit together."""
import json
import os
import subprocess
import sys

program = os.environ["MOEHUB"]
wrong = []


def check(holds, text):
    if not holds:
        wrong.append(text)


def run(name, *arguments):
    command = [program, "run", "--hub", "model", "--out", name, *arguments]
    if "--tokens" not in arguments:
        command += ["--tokens", "64"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    print(done.stdout)
    with open(os.path.join(name, "summary.json"), encoding="utf-8") as file:
        return json.load(file)


flows = ["--flow", "moehub,megatron-cutlass,deepep,ideal"]
for model in ("mixtral-8x7b", "deepseek-v3"):
    forward = run(f"{model}-forward", "--model", model, "--pass", "forward", *flows)
    training = run(f"{model}-training", "--model", model, "--pass", "training", *flows)
    check(training["check"]["rows_expected"] == 2 * forward["check"]["rows_expected"], f"{model}: rows go twice")
    passes, ideal = forward["pass"]["flows"], forward["pass"]["flows"]["ideal"]
    for name, f in passes.items():
        what = f"{model} {name}"
        t = training["pass"]["flows"][name]
        moe_us = forward["flows"][name]["layer_us"] * forward["pass"]["moe_layers"]
        parts_us = sum(f[key] for key in ("attention_us", "dense_us", "shared_us", "moe_us"))
        check(abs(f["moe_us"] - moe_us) < 1e-3 * moe_us, f"{what}: MoE layers")
        check(abs(f["pass_us"] - parts_us) < 1, f"{what}: sum")
        check(f["forward_us"] == t["forward_us"], f"{what}: a training step goes forward first")
        check(1.2 < t["backward_us"] / t["forward_us"] < 2.5, f"{what}: {t}")
        check(f["attention_us"] == ideal["attention_us"], f"{what}: attention is no flow's business")
        check(abs(f["pass_us"] / passes["moehub"]["pass_us"] - f["speedup_of_hub"]) < 1e-6, f"{what}: speed-up")
        if name in ("megatron-cutlass", "deepep"):
            check(1 < f["speedup_of_hub"] < forward["flows"][name]["speedup_of_hub"], f"{what}: diluted by attention")
    for part in ("dense_us", "shared_us"):
        check((passes["moehub"][part] > 0) == (model == "deepseek-v3"), f"{model}: {part}")
several = run("several", "--layers", "0:3", "--pass", "forward", *flows)
check(several["pass"]["moe_layers_simulated"] == 3, "layers simulated")

for line in wrong:
    print(line)
sys.exit(1 if wrong else 0)
