"""Runs the scenarios of sim/scenarios and prints one table.

    python3 scripts/scenarios.py --moehub build/moehub --out build/out/scenarios [NAME ...] [-- ARGUMENTS OF moehub run]

Per flow: time of the layer and how many times as fast the hub's is; latency of rows from the routing of their token
until they are in the memory of their expert's GPU, us. Exit status: that of the worst run.
"""
import argparse
import glob
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main():
    own, rest = sys.argv[1:], []
    if "--" in own:
        own, rest = own[: own.index("--")], own[own.index("--") + 1:]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moehub", default=os.path.join(ROOT, "build/moehub"))
    parser.add_argument("--out", default=os.path.join(ROOT, "build/out/scenarios"))
    parser.add_argument("names", nargs="*")
    args = parser.parse_args(own)
    files = glob.glob(os.path.join(ROOT, "sim/scenarios/*.toml"))
    names = args.names or sorted(os.path.basename(file)[: -len(".toml")] for file in files)

    worst, lines, volumes = 0, [], []
    for name in names:
        out = os.path.join(args.out, name)
        print(f"scenario {name} ...", file=sys.stderr, flush=True)
        command = [args.moehub, "run", "--scenario", name, "--out", out, "--quiet", *rest]
        code = subprocess.run(command, cwd=ROOT).returncode
        worst = max(worst, code)
        if code > 1:
            continue
        with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
            summary = json.load(file)
        config, check = summary["config"], summary["check"]
        lines += ["", f"{name}: {config['gpus']} GPUs x {config['tokens_per_gpu']} tokens, {config['model']} on "
                  f"{config['system']}, hub {config['hub']}, check {'ok' if check['ok'] else 'FAILED'}"]
        for flow, f in summary["flows"].items():
            row = f["row_latency_ns"]
            speedup = f"{f['speedup_of_hub']:.2f}x" if f["speedup_of_hub"] else "-"
            late = [f"{row[key] / 1e3:11.1f}" for key in ("p50", "p99", "p999", "max")] if row else [f"{'-':>11}"] * 4
            lines.append(f"{flow:<18}{f['layer_us']:>11.1f}{speedup:>10}{''.join(late)}")
        for v in summary.get("volumes", []):
            volumes.append(
                f"{name}, counted for {v['gpus']} GPUs x {v['tokens_per_gpu']:.0f} tokens: out of each GPU\n"
                f"  {v['vectors_out']:.0f} vectors, {v['bytes_out'] / 1e6:.1f} MB a dispatch; "
                f"{v['forward_bytes_out'] / 1e9:.1f} GB a forward pass, {v['backward_bytes_out'] / 1e9:.1f} GB more "
                f"backward\n  between nodes {v['vectors_between_nodes']:.0f} vectors, "
                f"{v['crossings_once_a_node']:.0f} when a token "
                f"crosses to a node once;\n  on NVLink {v['vectors_within_node']:.0f}, and then "
                f"{v['passed_on_within_node']:.0f} more that are passed on")
    print(f"{'flow':<18}{'layer':>11}{'moehub is':>10}{'row p50':>11}{'p99':>11}{'p99.9':>11}{'max':>11}")
    print(f"{'':<18}{'us':>11}{'':>10}" + f"{'us':>11}" * 4)
    print("\n".join(lines + [""] * bool(volumes) + volumes))
    return worst


if __name__ == "__main__":
    sys.exit(main())
