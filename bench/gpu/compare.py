"""Sets what measure.py measured against the constants of the GPU model.

    python3 bench/gpu/compare.py                                      the table, for bench/gpu/h100.json
    python3 bench/gpu/compare.py --update docs/gpu-measurements.md    writes it into the page
    python3 bench/gpu/compare.py --check docs/gpu-measurements.md     fails when the page has another one

`--measured` and `--system` name other files than bench/gpu/h100.json and sim/systems/dgx-h100.toml, on top of
sim/systems/dgx-h800.toml, which has all keys. Needs nothing but Python. How a row is computed stands in rows() below.
"""
import argparse
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEFAULTS = os.path.join(ROOT, "sim/systems/dgx-h800.toml")
BEGIN, END = "<!-- compare.py: begin -->", "<!-- compare.py: end -->"


def constants(path):
    """section.key -> number, of a TOML file as simple as those in sim/systems."""
    values, section = {}, ""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if match := re.match(r"\[([\w.]+)\]", line):
                section = match[1]
            elif match := re.match(r"(\w+)\s*=\s*([-+.\deE_]+)\s*(#|$)", line):
                values[f"{section}.{match[1]}"] = float(match[2].replace("_", ""))
    return values


class Measured:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.all = json.load(file)
        self.device = self.all["device"]

    def find(self, name, **at):
        """The records of that name with those parameters."""
        return [r for r in self.all["records"] if r["name"] == name and
                all(abs(r["at"].get(k, float("nan")) - v) < 1e-6 for k, v in at.items())]

    def one(self, name, **at):
        found = self.find(name, **at)
        if len(found) != 1:
            raise SystemExit(f"compare.py: {len(found)} records {name} {at}")
        return found[0]

    def median(self, name, **at):
        return self.one(name, **at)["median"]


def number(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(record, scale=1.0):
    """min - median - max, in a unit that the caller names."""
    return " - ".join(number(scale * record[k]) for k in ("min", "median", "max"))


def reach_mb(curve):
    """The working set at which bandwidth is half way between its plateau and the lowest value beyond it."""
    points = sorted((r["at"]["mb"], r["median"]) for r in curve)
    top = max(points, key=lambda p: p[1])
    beyond = [p for p in points if p[0] >= top[0]]
    middle = (top[1] + min(v for _, v in beyond)) / 2
    for (mb0, v0), (mb1, v1) in zip(beyond, beyond[1:]):
        if v0 >= middle > v1:
            return mb0 + (mb1 - mb0) * (v0 - middle) / (v0 - v1)
    raise SystemExit("compare.py: a sweep without an edge")


def line_fit(points):
    """Slope and intercept, least squares."""
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    slope = sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points)
    return slope, my - slope * mx


def rows(m, c):
    """(constant, the model's value, measured, what was measured)."""
    sms = m.device["sms"]
    gap = m.median("gap_events_graph", blocks=sms, threads=256)
    peak = c["gpu.bf16_tflops"]

    def add(constant, assumed, measured, what):
        table.append((constant, assumed, measured, what))

    def tile(tiles):  # ns per unit of the inner dimension and us at 0, of 128 x 128 tiles whose operands stay in L2
        slope, at0 = line_fit([(k, m.median("tile", tiles=tiles, inner=k, block_n=128)) for k in (1024, 2048, 4096)])
        return 2e-3 * 128 * 128 / slope * sms / 1e3 / peak, at0 - gap

    def tflops(kind, rows_each, hidden, ffn, experts):
        flops = 6e-6 * experts * rows_each * hidden * ffn
        return flops / sum(m.median(kind, rows=rows_each, hidden=hidden, gemm=g) for g in (1, 2))

    table = []
    add("software.kernel_gap_us", number(c["software.kernel_gap_us"]),
        f"{spread(m.one('gap_events_eager', blocks=sms, threads=256))} us",
        "start to start of empty kernels on a filled stream")
    add("software.graph_gap_us", number(c["software.graph_gap_us"]),
        f"{spread(m.one('gap_events_graph', blocks=sms, threads=256))} us", "the same in a graph")
    add("software.kernel_launch_us", number(c["software.kernel_launch_us"]),
        f"{spread(m.one('cpu_launch'))} us", "CPU time of a launch; virtual machine")
    add("stream_sync_us + kernel_launch_us", number(c["software.stream_sync_us"] + c["software.kernel_launch_us"]),
        f"{spread(m.one('counts_to_host_pinned'))} us", "GPU idle: kernel, 1 KB to the host, sync, next kernel")
    add("software.poll_us", number(c["software.poll_us"]), f"{spread(m.one('flag_one_way'), 1e-3)} us",
        "flag between SMs, release and acquire")
    add("", "", f"{spread(m.one('flag_relaxed'), 1e-3)} us", "flag alone, unordered")
    usable = c["gpu.hbm_tb_per_s"] * c["gpu.hbm_efficiency"]
    add("hbm_tb_per_s x hbm_efficiency", f"{usable:.2f}", f"{spread(m.one('hbm_read'), 1e-3)} TB/s", "reading 4 GiB")
    add("", "", f"{spread(m.one('hbm_copy'), 1e-3)} TB/s", "copying 4 GiB, both ways counted")
    for kind, what in (("experts_tiles", "tiles as the model has them"), ("experts_grouped", "torch's grouped GEMM")):
        weights = 32 * 3 * 7168 * 2048 * 2
        us = sum(m.median(kind, rows=16, hidden=7168, gemm=g) - gap for g in (1, 2))
        add("", "", f"{1e-6 * weights / us:.2f} TB/s", f"weights of both GEMMs, 32 experts, 16 tokens each: {what}")
    add("0.8 x l2_mb", number(0.8 * c["gpu.l2_mb"]), f"{reach_mb(m.find('sweep_handover')):.0f} MB",
        "set that a kernel finds in L2 when other SMs read it in the kernel before")
    add("", "", f"{reach_mb(m.find('sweep_own')):.0f} MB", "set that SMs find when each reads its own part again")
    add("gpu.sm_gb_per_s", number(c["gpu.sm_gb_per_s"]), f"{spread(m.one('few_l2_copy', sms=1))} GB/s",
        "one SM copies within L2, both ways counted")
    add("", "", f"{spread(m.one('few_l2_read', sms=1))} GB/s", "one SM reads from L2, loads")
    add("", "", f"{spread(m.one('few_l2_bulk_read', sms=1))} GB/s", "one SM reads from L2, copy engine")
    add("", "", f"{spread(m.one('few_l2_write', sms=1))} GB/s", "one SM writes; copy engine the same")
    rate1, fixed1 = tile(1)
    rate, fixed = tile(sms)
    add("gpu.gemm_efficiency", number(c["gpu.gemm_efficiency"]), f"{rate:.2f}",
        "128 x 128 tiles on all SMs, operands in L2, GPU rested: slope by inner dimension")
    add("", "", f"{rate1:.2f}", "the same tile alone on the GPU")
    add("", "", f"{tflops('experts_rested', 4096, 7168, 2048, 32) / peak:.2f}",
        "whole GEMMs, 32 experts of 7168 x 2048, 4096 tokens each, rested")
    add("", "", f"{tflops('experts_rested', 4096, 4096, 14336, 1) / peak:.2f}",
        "an expert of 4096 x 14336, 4096 tokens, rested")
    add("", "", f"{tflops('experts_grouped', 4096, 7168, 2048, 32) / peak:.2f}",
        "the first, GPU at its power limit")
    add("gpu.gemm_block_overhead_us", number(c["gpu.gemm_block_overhead_us"]), f"{fixed1:.1f}, {fixed:.1f} us",
        "the same tiles at inner dimension 0, alone and on all SMs, less the gap")
    ratio = m.median("waves", tiles=sms + 1, block_n=128) / m.median("waves", tiles=sms, block_n=128)
    add("a tile more than SMs", "2", f"{ratio:.2f}", "time of 133 tiles over that of 132")
    add("gpu.clock_ghz", number(c["gpu.clock_ghz"]), f"{spread(m.one('clock_random_first'), 1e-3)} GHz",
        "GEMMs on random data, first 20 ms")
    add("", "", f"{spread(m.one('clock_random_last'), 1e-3)} GHz", "after 3 s, at the power limit")
    add("gpu.bf16_tflops", number(peak), f"{spread(m.one('tflops_zeros_first'))} TFLOP/s",
        "cuBLAS, 8192 cubed, zeros, first 20 ms")
    add("", "", f"{spread(m.one('tflops_random_last'))} TFLOP/s", "random data, after 3 s")
    most = max(m.find("gate_gemm", hidden=7168, experts=256), key=lambda r: r["at"]["tokens"])
    rate = 2e-6 * most["at"]["tokens"] * 7168 * 256 / (most["median"] - gap) / peak
    add("gpu.gate_efficiency", number(c["gpu.gate_efficiency"]), f"{rate:.2f}",
        f"gate GEMM, 256 experts, hidden 7168, {most['at']['tokens']} tokens, less the gap")
    flops = 2 * 8 * 7168 * 256
    block = c["gpu.route_block_us"] + flops / (1e6 * peak * c["gpu.gate_efficiency"] / sms)
    routed = m.median("gate_gemm", hidden=7168, tokens=128) + m.median("topk", experts=256, tokens=128) - 2 * gap
    add("route_block_us + FLOPs", number(block), f"{routed:.1f} us",
        "gate GEMM and top-k, 8 of 256 experts, hidden 7168, 128 tokens, less two gaps")
    small = [m.median(f"{n}_cold", tokens=16, k=8) - gap for n in ("permute", "scatter", "reduce", "activation")]
    add("gpu.move_block_us", number(c["gpu.move_block_us"]), ", ".join(f"{v:.1f}" for v in small) + " us",
        "permute, scatter, reduce, activation of 16 tokens, top-8, less the gap")
    add("gpu.memory_write_latency_ns", number(c["gpu.memory_write_latency_ns"]),
        f"{spread(m.one('latency_l2', mb=8))} ns", "dependent loads, 8 MB of L2")
    add("", "", f"{spread(m.one('latency_l2', mb=40))} ns", "dependent loads, 40 MB of L2: more than is kept near an SM")
    add("", "", f"{spread(m.one('atomic_latency'))} ns", "atomic add with result")
    return table


def page(m, c):
    d = m.device
    lines = [f"{d['name']}, {d['memory_mib']:.0f} MiB, {d['sms']} SMs, power limit {d['power_limit_w']:.0f} W,",
             f"driver {d['driver']}, CUDA {d['cuda']}, PyTorch {d['torch']}, Triton {d['triton']}.", "",
             "| constant | model | measured: min - median - max | what |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows(m, c)]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measured", default=os.path.join(ROOT, "bench/gpu/h100.json"))
    parser.add_argument("--system", default=os.path.join(ROOT, "sim/systems/dgx-h100.toml"))
    parser.add_argument("--update", metavar="PAGE")
    parser.add_argument("--check", metavar="PAGE")
    args = parser.parse_args()
    table = page(Measured(args.measured), constants(DEFAULTS) | constants(args.system))
    if not (args.update or args.check):
        print(table, end="")
        return 0
    path = args.update or args.check
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"compare.py: {path} has no place for the table")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    wanted = f"{before}{BEGIN}\n{table}{END}{after}"
    if args.check:
        if text != wanted:
            sys.exit(f"{path} is out of date: python3 bench/gpu/compare.py --update docs/gpu-measurements.md")
        return 0
    with open(path, "w", encoding="utf-8") as file:
        file.write(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
