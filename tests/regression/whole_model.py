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
    check(training["check"]["rows_expected"] == 2 * forward["check"]["rows_expected"], f"{model}: rows go there and back twice")
    for name, f in forward["pass"]["flows"].items():
        t = training["pass"]["flows"][name]
        layer = forward["flows"][name]["layer_us"]
        check(abs(f["moe_us"] - layer * forward["pass"]["moe_layers"]) < 1e-3 * f["moe_us"], f"{model} {name}: MoE layers")
        check(abs(f["pass_us"] - sum(f[k] for k in ("attention_us", "dense_us", "shared_us", "moe_us"))) < 1, f"{model} {name}: sum")
        check(f["forward_us"] == t["forward_us"], f"{model} {name}: the forward part of a training step is a forward pass")
        check(1.2 < t["backward_us"] / t["forward_us"] < 2.5, f"{model} {name}: backward {t['backward_us']} to {t['forward_us']}")
        check(f["attention_us"] == forward["pass"]["flows"]["ideal"]["attention_us"], f"{model} {name}: attention is no flow's business")
        speedup = f["pass_us"] / forward["pass"]["flows"]["moehub"]["pass_us"]
        check(abs(speedup - f["speedup_of_hub"]) < 1e-6, f"{model} {name}: speed-up")
        if name in ("megatron-cutlass", "deepep"):
            check(1 < f["speedup_of_hub"] < forward["flows"][name]["speedup_of_hub"], f"{model} {name}: diluted by attention")
    has_dense = model == "deepseek-v3"
    check((forward["pass"]["flows"]["moehub"]["dense_us"] > 0) == has_dense, f"{model}: dense layers")
    check((forward["pass"]["flows"]["moehub"]["shared_us"] > 0) == has_dense, f"{model}: shared experts")
several = run("several", "--layers", "0:3", "--pass", "forward", *flows)
check(several["pass"]["moe_layers_simulated"] == 3, "layers simulated")

# COMET's artifact (docs/flows.md): ms of a MoE layer.
measured = {"megatron-te": 6.91, "fastermoe": 5.88, "tutel": 5.35, "comet": 3.94}
balanced = run("balanced", "--tokens", "4096", "--routing", "normal:std=0", "--flow", ",".join(measured))
for name, ms in measured.items():
    error = balanced["flows"][name]["layer_us"] / 1e3 / ms - 1
    print(f"{name}: measured {ms} ms, model {balanced['flows'][name]['layer_us'] / 1e3:.2f} ms, {100 * error:+.0f} %")
    check(abs(error) < 0.27, f"{name}: {100 * error:+.0f} %")
for line in wrong:
    print(line)
sys.exit(1 if wrong else 0)
