"""What `make paper` runs: grids of `moehub sweep`, and the thinner ones of `make paper-quick`.

Machine: DGX-H800 with links of 400 GB/s a direction, as MoE-Hub (arXiv 2605.05888) may mean it, and for layers also with
the data sheet's 200. Routing: loads of experts with a standard deviation of 0.032, typical of training, unless it is an
axis. Hubs are RTL up to 8192 tokens a GPU.
"""
import math
import os
import tomllib
from dataclasses import dataclass, field

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SYSTEM = "dgx-h800-400"
SYSTEMS = {SYSTEM: "400 GB/s a direction", "dgx-h800": "200 GB/s a direction"}
MODELS = ["mixtral-8x7b", "phi-3.5-moe", "qwen2-moe-2.7b"]
BASELINES = ["megatron-te", "fastermoe", "tutel", "comet", "ccfuser"]   # the paper's
OTHERS = ["megatron-cutlass", "deepep", "deepep-ll"]
ABLATIONS = ["moehub-base", "moehub-pkt", "moehub-dep", "moehub"]
PER_NODE = "fabric.gpus_per_node"


@dataclass
class Sweep:
    """A grid: options of `moehub run`, and keys of --set; lists are axes."""
    name: str
    options: dict
    settings: dict = field(default_factory=dict)

    def toml(self):
        def text(value):
            if isinstance(value, list):
                return "[" + ", ".join(map(text, value)) + "]"
            return f'"{value}"' if isinstance(value, str) else str(value)
        lines = [f"{key} = {text(value)}" for key, value in self.options.items()]
        lines += ["[set]"] + [f'"{key}" = {text(value)}' for key, value in self.settings.items()]
        return "\n".join(lines) + "\n"


def flows(*names):
    return ",".join(names)


def sweep(name, settings=None, **options):
    return Sweep(name, {"system": SYSTEM, "hub": "rtl", **options}, settings or {})


def layer(quick):
    every = flows("moehub", *BASELINES, *OTHERS, "ideal")
    if quick:
        return [sweep("layer", model=MODELS, tokens=[128, 512], flow=every, **{"pass": "forward"})]
    both = list(SYSTEMS)
    return [sweep("layer", system=both, model=MODELS, tokens=[128, 512, 2048, 8192], flow=every, **{"pass": "forward"}),
            sweep("layer-32768", system=both, model=MODELS[:2], tokens=32768, flow=every, hub="model", **{"pass": "forward"}),
            # Experts of 16 000 rows and as many again in reserve: more tiles than a hub of 1024 has.
            sweep("layer-32768-tiles", {"hub.tiles": 4096}, system=both, model=MODELS[2:], tokens=32768, flow=every,
                  hub="model", **{"pass": "forward"})]


def ablation(quick):
    return [sweep("ablation", model=MODELS, tokens=[128] if quick else [128, 512, 2048], flow=flows(*ABLATIONS))]


def spread(quick):
    values = [0, 0.05] if quick else [0, 0.01, 0.02, 0.032, 0.04, 0.05]
    return [sweep("spread", model=MODELS[1:2] if quick else MODELS, tokens=1024,
                  routing=[f"normal:std={value}" for value in values], flow=flows("moehub", *BASELINES, "ideal"))]


def gpus(quick):
    kept = flows("moehub", *BASELINES, "ideal")
    if quick:
        return [sweep("gpus", model=MODELS[2:], gpus=[2, 4], tokens=1024, flow=kept)]
    return [sweep("gpus", model=MODELS, gpus=[2, 4, 8], tokens=1024, flow=kept),
            sweep("gpus-16", {PER_NODE: [8, 16], "hub.peers": 16}, model=MODELS, gpus=16, tokens=1024, flow=kept)]


# ---- sensitivity: a constant at a time, 20 % up and down -----------------------------------------------------------

# Not constants that could be off by 20 %: counts, formats of the link, what nothing here uses.
NOT_VARIED = {"gpu.sms", "gpu.fp8_tflops", "gpu.hbm_gb", "gpu.gemm_tile_m", "gpu.gemm_tile_n", "gpu.clock_ghz",
              "gpu.attention_efficiency", "fabric.gpus", "fabric.gpus_per_node", "fabric.planes", "fabric.links_per_gpu",
              "fabric.header_flits", "fabric.frame_bytes", "fabric.frame_overhead_bytes", "fabric.packets_per_ack",
              "software.nccl_sms", "software.fastermoe_group_gpus", "software.comet_column_groups", "software.deepep_sms"}
SHARES = ("efficiency", "share")   # never above 1
QUICK_KEYS = ("gpu.hbm_tb_per_s",)


def constants():
    """Key and value of what is varied, of the system's file and the one that it takes the rest from."""
    sections = {"gpu": {}, "fabric": {}, "software": {}}
    for name in ("dgx-h800", SYSTEM):
        with open(os.path.join(ROOT, "sim", "systems", name + ".toml"), "rb") as file:
            system = tomllib.load(file)
        for section, values in sections.items():
            values.update(system.get(section, {}))
    return {f"{section}.{key}": value for section, values in sections.items() for key, value in values.items()
            if isinstance(value, (int, float)) and not isinstance(value, bool) and f"{section}.{key}" not in NOT_VARIED
            and not key.startswith("deepep")}


def moved(key, value, factor):
    other = value * factor
    if any(word in key for word in SHARES):
        other = min(other, 1.0)
    return round(other) if isinstance(value, int) else float(f"{other:.6g}")


def sensitivity(quick):
    models = MODELS[1:2] if quick else MODELS
    kept = flows("moehub", *BASELINES, "ideal")
    sweeps = [] if quick else [sweep("sensitivity", model=models, tokens=512, flow=kept, hub="model")]
    for key, value in constants().items():
        if not quick or key in QUICK_KEYS:
            sweeps.append(sweep(f"sensitivity-{key}", {key: [moved(key, value, f) for f in (0.8, 1.2)]}, model=models,
                                tokens=512, flow=kept, hub="model"))
    return sweeps


# ---- the hub's design space ----------------------------------------------------------------------------------------

HUB = {"hub.lanes": [1, 2, 4, 8], "hub.entries": [8, 16, 32, 64, 128], "hub.rat_entries": [64, 256, 1024, 4096],
       "hub.outstanding": [32, 64, 128, 256], "hub.merge_age_ticks": [1, 4, 15], "hub.tile_rows": [32, 64, 128, 256]}


def hub(quick):
    kept = flows("moehub", "ideal")
    wanted = {"hub.lanes": [1, 2]} if quick else HUB
    # A hub has 2 to 32 entries a lane.
    beside = {"hub.lanes": {"hub.entries": 32}}
    return [sweep(f"hub-{key}", {key: values, **beside.get(key, {})}, model=MODELS[2:] if quick else MODELS, tokens=512, flow=kept,
                  hub="model") for key, values in wanted.items()]


EXPERIMENTS = {"layer": layer, "ablation": ablation, "spread": spread, "gpus": gpus, "sensitivity": sensitivity,
               "hub": hub}


def geomean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values))
