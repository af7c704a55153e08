"""Measured figures as points of the model: a table is a list of Point, read from bench/calibration/measured or from the
whole tables that its figures are a part of (a folder with nccl_alltoall.csv, deepep_normal_h100.csv,
deepep_low_latency_h100.csv, moe_gemm_h100.csv as ai-dynamo/aiconfigurator's figures were extracted).
"""
import csv
import json
import os
import random
from dataclasses import dataclass

# Small kernels of the expert operator (routing, sort) and the gaps between all of them: what 16 and 32 tokens take on
# 8 and 16 GPUs, extrapolated to no expert.
EXPERTS_FIXED_US = 30
DRAWS = 5  # of a skewed load


@dataclass
class Point:
    table: str
    name: str        # what the page shows
    measured: float  # us
    fitted: bool     # a constant was set by it
    inputs: list     # for the program; the model's value is the mean of theirs


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def size(count):
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            break
        count /= 1024
    return f"{count:.0f} {unit}"


def system(gpu):
    return {"H100": "dgx-h100", "A100": "dgx-a100"}[gpu]


# ---- NCCL's all-to-all ----
# Base at 512 B; where a message is cut in two and in four at 0.5 to 16 MiB; share of the links at 512 MiB. A100's base:
# 2 KiB; an SM's rate, where a message is cut in two and in what steps at 1 to 8 MiB.
FITTED_ALLTOALL = {"H100": {512, 2**19, 2**20, 2**21, 2**22, 2**23, 2**24, 2**29},
                   "A100": {2**11, 2**20, 2**21, 2**22, 2**23}}


def alltoall(rows):
    for row in rows:
        nbytes = int(row.get("bytes") or row["bytes_per_rank"])
        part = "below 1 MiB a rank" if nbytes < 2**20 else "from 1 MiB a rank"
        yield Point(f"NCCL all-to-all, 8 {row['gpu']}, {part}", size(nbytes), float(row["us"]),
                    nbytes in FITTED_ALLTOALL[row["gpu"]],
                    [{"kind": "alltoall", "system": system(row["gpu"]), "bytes": nbytes}])


# ---- DeepEP ----
# Normal kernels: fixed costs at 1 token, an SM's rate with 4 to 16 SMs at 4096 tokens, share of the links with 24 at
# 4096. Low latency: fixed cost at 1, share of the links at 1024.
def deepep(rows, low_latency):
    for row in rows:
        sms, tokens = int(row.get("sms") or 64), int(row["tokens"])
        fitted = tokens in ((1, 1024) if low_latency else (4096,)) or (not low_latency and tokens == 1 and sms == 24)
        for step in ("dispatch", "combine"):
            point = {"kind": "deepep", "system": "dgx-h100", "low_latency": low_latency, "dispatch": step == "dispatch",
                     "hidden": 7168, "experts": 256, "top_k": 8, "tokens": tokens}
            if not low_latency:
                point["set"] = [f"software.deepep_sms={sms}"]
            yield Point("DeepEP low latency, 8 H100" if low_latency else "DeepEP normal, 8 H100",
                        f"{step}, {tokens} tokens" + ("" if low_latency else f", {sms} SMs"),
                        float(row[f"{step}_us"]), fitted, [point])


# ---- the expert operator ----
def balanced(tokens, experts, top_k):
    """Rows of each expert: choices go round with equal strides."""
    stride = -(-experts // top_k)
    rows = [0] * experts
    for token in range(tokens):
        first = token if tokens >= stride else token * stride // tokens
        for k in range(top_k):
            rows[(first + k * stride) % experts] += 1
    return rows


def power_law(tokens, experts, top_k, gpus, alpha, draw):
    """The same, drawn from a power law between 1 and 0.8 x tokens; the busiest GPU comes first, since it is timed."""
    low, high = (1, 0.8 * tokens) if tokens * top_k > experts else (0.01, 2)
    e = 1 - alpha
    loads = [((high**e - low**e) * draw.random() + low**e) ** (1 / e) for _ in range(experts)]
    total = sum(loads)
    rows = [min(tokens, round(load / total * tokens * top_k)) for load in loads]
    order = sorted(range(experts), key=lambda i: -rows[i])
    i = 0
    while (missing := tokens * top_k - sum(rows)) != 0:
        expert = order[i % experts]
        if missing > 0 and rows[expert] < tokens:
            rows[expert] += 1
        elif missing < 0 and rows[expert] > 0:
            rows[expert] -= 1
        i += 1
    each = experts // gpus
    parts = [rows[g * each:(g + 1) * each] for g in range(gpus)]
    return max(parts, key=sum)


def experts(rows):
    for row in rows:
        hidden, ffn, count, top_k, tokens = (int(row[k]) for k in ("hidden", "expert_ffn", "experts", "top_k", "tokens"))
        gpus, kind = int(row.get("gpus") or row["ep_size"]), row["distribution"]
        if kind == "balanced":
            loads = [balanced(tokens, count, top_k)[:count // gpus]]
        else:
            draw = random.Random(1)
            loads = [power_law(tokens, count, top_k, gpus, float(kind.rsplit("_", 1)[1]), draw) for _ in range(DRAWS)]
        what = "balanced" if kind == "balanced" else "skewed"
        # More GPUs would mean less work, but these took two to four times what 16 GPUs took.
        if (count, gpus) == (384, 32):
            what += ", 384 on 32 GPUs"
        yield Point(f"Expert operator, H100, {what}",
                    f"{hidden} x {ffn}, top {top_k} of {count}, {gpus} GPUs, {tokens} tokens", float(row["us"]), False,
                    [{"kind": "experts", "system": "dgx-h100", "hidden": hidden, "expert_ffn": ffn, "rows": load,
                      "tokens": tokens, "fixed_us": EXPERTS_FIXED_US} for load in loads])


# ---- both GEMMs of experts, alone on a GPU, without activation ----
# bench/gpu/measure.py: the fastest of torch's grouped GEMM, a cuBLAS GEMM for each, and tiles of 128 x 128; in bursts of a GPU
# that rested before, where that was measured. The share of memory's rate was set by weights that an H100 reads.
GEMMS = {"H100": "h100.json", "H200": "h200.json"}
KINDS = ("experts_grouped", "experts_loop", "experts_rested", "experts_tiles")


def gemms(folder):
    for gpu, name in GEMMS.items():
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            records = json.load(file)["records"]
        gap = next(r["median"] for r in records if r["name"] == "gap_kernels_graph" and r["at"]["blocks"] == 132)
        times = {}   # shape -> kind -> us of both GEMMs
        for record in records:
            if record["name"] in KINDS:
                at = record["at"]
                kinds = times.setdefault((at["hidden"], at["ffn"], at["experts"], at["rows"]), {})
                kinds[record["name"]] = kinds.get(record["name"], 0) + record["median"] - gap
        for (hidden, ffn, count, rows), kinds in sorted(times.items(), reverse=True):
            yield Point(f"Expert GEMMs, {gpu}", f"{count} of {hidden} x {ffn}, {rows} rows each", min(kinds.values()),
                        gpu == "H100" and rows <= 16,
                        [{"kind": "gemms", "system": "dgx-" + gpu.lower(), "hidden": hidden, "expert_ffn": ffn,
                          "experts": count, "rows": rows}])


# ---- layers ----
def layers(rows):
    for row in rows:
        yield Point("MoE layer, Mixtral 8x7B, 8 H800, 4096 tokens a GPU", row["flow"], float(row["us"]), False,
                    [{"kind": "layer", "system": "dgx-h800", "model": "mixtral-8x7b", "tokens": 4096,
                      "routing": "uniform", "flow": row["flow"]}])


# The layers' figures are differences of these.
def models(rows):
    for row in rows:
        experts = row["flow"] != "without experts"
        yield Point("Whole model forward, Mixtral 8x7B, 8 H800, 4096 tokens a GPU", row["flow"], float(row["us"]), False,
                    [{"kind": "model", "system": "dgx-h800", "model": "mixtral-8x7b", "tokens": 4096, "routing": "uniform",
                      "flow": row["flow"] if experts else "ideal", "experts": experts}])


def own(folder):
    """The figures that the project states."""
    def table(name):
        return read(os.path.join(folder, name + ".csv"))
    of_deepep = table("deepep")
    return [*alltoall(table("alltoall")), *deepep([r for r in of_deepep if r["kernels"] == "normal"], False),
            *deepep([r for r in of_deepep if r["kernels"] == "low-latency"], True), *experts(table("experts")),
            *gemms(os.path.join(folder, "..", "..", "gpu")), *layers(table("layers")),
            *models(table("models"))]


def whole(folder):
    """The tables that they come from."""
    def table(name):
        return read(os.path.join(folder, name + ".csv"))
    return [*alltoall(table("nccl_alltoall")), *deepep(table("deepep_normal_h100"), False),
            *deepep(table("deepep_low_latency_h100"), True), *experts(table("moe_gemm_h100"))]
