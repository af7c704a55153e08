"""Plots of docs/results.md, as SVG: the same records give the same bytes with the same matplotlib."""
import os
import sys

import experiments as ex
import points
from experiments import geomean

FOLDER = os.path.join(ex.ROOT, "docs", "img")


def start():
    """matplotlib, or None, in one line."""
    try:
        import matplotlib
        matplotlib.use("svg")
        matplotlib.rcParams["svg.hashsalt"] = "moehub"
        matplotlib.rcParams["font.size"] = 8
        import matplotlib.pyplot as plt
        return plt
    except ImportError:
        print("paper.py: no matplotlib, so the plots stay as they are", file=sys.stderr)
        return None


def save(figure, name):
    figure.tight_layout()
    figure.savefig(os.path.join(FOLDER, f"results-{name}.svg"), metadata={"Date": None})


def layer(plt, table, sweeps):
    figure, axes = plt.subplots(2, len(ex.MODELS), figsize=(9, 5), sharex=True, sharey="col")
    for line, (system, link) in zip(axes, ex.SYSTEMS.items()):
        for axis, model in zip(line, ex.MODELS):
            for flow in [*ex.BASELINES, "ideal"]:
                values = sorted((point["tokens"], table.speedup(sweep, point, flow)) for sweep in sweeps
                                for point in points.grid(sweep) if point["model"] == model and point["system"] == system)
                axis.plot(*zip(*values), marker="o", markersize=3, label=flow, linestyle=":" if flow == "ideal" else "-")
            axis.axhline(1, color="black", linewidth=0.6)
            axis.set(xscale="log", yscale="log", title=f"{model}, {link}", xlabel="tokens a GPU")
            axis.set_xticks([128, 512, 2048, 8192, 32768], ["128", "512", "2048", "8192", "32768"], minor=False)
            axis.set_yticks([0.5, 1, 1.5, 2, 3, 5, 8], ["0.5", "1", "1.5", "2", "3", "5", "8"])
            axis.minorticks_off()
        line[0].set_ylabel("time over moehub's")
    axes[0][0].legend(frameon=False, fontsize=7)
    save(figure, "layer")


def along(plt, table, sweeps, name, of):
    figure, axis = plt.subplots(figsize=(5, 3.2))
    groups = {}
    for sweep in sweeps:
        for point in points.grid(sweep):
            if (at := of(point)) is not None:
                groups.setdefault(at, []).append((sweep, point))
    for flow in [*ex.BASELINES, "ideal"]:
        axis.plot(list(groups), [geomean(table.speedup(*pair, flow) for pair in pairs) for pairs in groups.values()],
                  marker="o", markersize=3, label=flow, linestyle=":" if flow == "ideal" else "-")
    axis.axhline(1, color="black", linewidth=0.6)
    axis.set(xlabel=name, ylabel="time over moehub's")
    axis.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def tornado(plt, moves, most=14):
    """Of each result, the constants that move it most."""
    results = [*ex.BASELINES, "share of ideal"]
    figure, axes = plt.subplots(2, 3, figsize=(10, 6))
    for axis, result in zip(axes.flat, results):
        bars = sorted(((key, change) for (of, key), change in moves.items() if of == result),
                      key=lambda item: max(map(abs, item[1])))[-most // 2:]
        for index, (key, change) in enumerate(bars):
            for part, color in zip(change, ("tab:blue", "tab:orange")):
                axis.barh(index, 100 * part, color=color, height=0.6)
        axis.set_yticks(range(len(bars)), [key for key, _ in bars], fontsize=6)
        axis.axvline(0, color="black", linewidth=0.6)
        for edge in (-5, 5):
            axis.axvline(edge, color="grey", linewidth=0.5, linestyle="--")
        axis.set(title=result if result == "share of ideal" else f"speed-up over {result}", xlabel="change, %")
    save(figure, "sensitivity")


def hub(plt, table, sweeps):
    figure, axes = plt.subplots(2, 3, figsize=(9, 5))
    for axis, sweep in zip(axes.flat, sweeps):
        key = sweep.name.removeprefix("hub-")
        for model in ex.MODELS:
            values = [(str(point[key]), table.of(sweep, point, "moehub")) for point in points.grid(sweep)
                      if point["model"] == model]
            fastest = min(time for _, time in values)
            axis.plot([value for value, _ in values], [time / fastest for _, time in values], marker="o", markersize=3,
                      label=model)
        axis.set(xlabel=key, ylabel="layer over the fastest", ylim=(0.95, 2))
    axes[0][0].legend(frameon=False, fontsize=7)
    save(figure, "hub")


def draw(table, sweeps, moves):
    if (plt := start()) is None:
        return
    layer(plt, table, sweeps["layer"])
    save(along(plt, table, sweeps["spread"], "standard deviation of experts' shares",
               lambda point: float(point["routing"].removeprefix("normal:std="))), "spread")
    save(along(plt, table, sweeps["gpus"], "GPUs, 16 in one NVLink domain",
               lambda point: None if point.get(ex.PER_NODE) == 8 else point["gpus"]), "gpus")
    tornado(plt, moves)
    hub(plt, table, sweeps["hub"])
