"""docs/results.md: each table from the records, beside what the paper says (arXiv 2605.05888)."""
import os
import re

import area
import experiments as ex
import plots
import points
from experiments import geomean

PAGE = os.path.join(ex.ROOT, "docs", "results.md")


def rows_of(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def percent(share, digits=1):
    return f"{100 * share:.{digits}f} %"


def all_points(sweeps):
    return [(sweep, point) for sweep in sweeps for point in points.grid(sweep)]


def on(sweeps, system):
    return [(sweep, point) for sweep, point in all_points(sweeps) if point["system"] == system]


def ordered(pairs):
    return sorted(pairs, key=lambda pair: (pair[1]["model"], pair[1]["tokens"]))


def span(values, form="{:.2f}x"):
    """Least, most and geometric mean."""
    values = list(values)
    return f"{form.format(min(values))} to {form.format(max(values))}, mean {form.format(geomean(values))}"


# ---- tables: (records, sweeps) to Markdown ------------------------------------------------------------------------


def layer(table, sweeps):
    flows = ex.BASELINES + ex.OTHERS
    text = ""
    for system, name in ex.SYSTEMS.items():
        pairs = ordered(on(sweeps, system))
        if pairs:
            rows = [[point["model"], str(point["tokens"]), f"{table.of(sweep, point, 'moehub'):.1f}",
                     *(f"{table.speedup(sweep, point, flow):.2f}x" for flow in flows),
                     percent(table.ideal_share(sweep, point))] for sweep, point in pairs]
            text += f"{name}:\n\n" + rows_of(["model", "tokens", "moehub us", *flows, "of ideal"], rows) + "\n"
    return text


def shares(table, sweeps):
    """Software and exposed communication, and software alone, of the layer; mean over tokens, links of 400 GB/s."""
    rows = []
    for flow in ex.BASELINES + ex.OTHERS + ["moehub"]:
        cells = [flow]
        for model in ex.MODELS:
            pairs = [pair for pair in on(sweeps, ex.SYSTEM) if pair[1]["model"] == model]
            lost = sum(table.lost(*pair, flow) for pair in pairs) / len(pairs)
            software = sum(table.of(*pair, flow, "software") / table.of(*pair, flow) for pair in pairs) / len(pairs)
            cells.append(f"{percent(lost, 0)}, {percent(software, 0)}")
        rows.append(cells)
    return rows_of(["lost, of which software", *ex.MODELS], rows)


def bounds(table, sweeps):
    """Mean speed-up of moehub over a baseline, and of a layer without communication, which no hub can pass."""
    rows = []
    for flow in ex.BASELINES + ex.OTHERS:
        cells = [flow]
        for model in ex.MODELS:
            pairs = [pair for pair in on(sweeps, ex.SYSTEM) if pair[1]["model"] == model]
            cells.append(f"{geomean(table.speedup(*pair, flow) for pair in pairs):.2f}x of "
                         f"{geomean(1 / table.ideal_share(*pair, flow) for pair in pairs):.2f}x")
        rows.append(cells)
    return rows_of(["speed-up, of the most there is", *ex.MODELS], rows)


def whole(table, sweeps):
    text = ""
    for system, name in ex.SYSTEMS.items():
        pairs = ordered(on(sweeps, system))
        if pairs:
            rows = [[point["model"], str(point["tokens"]), f"{table.of(sweep, point, 'moehub', 'whole') / 1e3:.2f}",
                     *(f"{table.speedup(sweep, point, flow, 'whole'):.2f}x" for flow in ex.BASELINES)]
                    for sweep, point in pairs]
            text += f"{name}:\n\n" + rows_of(["model", "tokens", "moehub ms", *ex.BASELINES], rows) + "\n"
    return text


def gains(table, sweeps):
    """Of packet management, of ready signals and of both over moehub-base in the window, of every point."""
    found = []
    for sweep, point in ordered(all_points(sweeps)):
        base = table.of(sweep, point, "moehub-base", "window")
        found.append((sweep, point, base, [base / table.of(sweep, point, flow, "window") for flow in ex.ABLATIONS[1:]]))
    return found


def ablation(table, sweeps):
    found = gains(table, sweeps)
    rows = [[point["model"], str(point["tokens"]), f"{base:.1f}", *(f"{gain:.3f}x" for gain in over)]
            for _, point, base, over in found]
    rows.append(["mean", "", "", *(f"{geomean(over[i] for *_, over in found):.3f}x" for i in range(3))])
    return rows_of(["model", "tokens", "moehub-base us", *ex.ABLATIONS[1:]], rows)


def along(table, sweeps, name, of):
    """Speed-ups and the share of the ideal layer, geometric mean over models, along an axis."""
    groups = {}
    for sweep, point in all_points(sweeps):
        groups.setdefault(of(point), []).append((sweep, point))
    rows = [[value, *(f"{geomean(table.speedup(*pair, flow) for pair in pairs):.2f}x" for flow in ex.BASELINES),
             percent(geomean(table.ideal_share(*pair) for pair in pairs))] for value, pairs in groups.items()]
    return rows_of([name, *ex.BASELINES, "of ideal"], rows)


def spread(table, sweeps):
    return along(table, sweeps, "standard deviation", lambda point: point["routing"].removeprefix("normal:std="))


def gpus(table, sweeps):
    def of(point):
        per_node = point.get(ex.PER_NODE)
        return str(point["gpus"]) + {8: ", two nodes", 16: ", one NVLink domain", None: ""}[per_node]
    return along(table, sweeps, "GPUs", of)


# ---- sensitivity ---------------------------------------------------------------------------------------------------


def results_of(table, sweep, **fixed):
    """Speed-up over each baseline and share of the ideal layer, geometric mean over the points of a sweep."""
    pairs = [(sweep, point) for point in points.grid(sweep) if all(point[name] == value for name, value in fixed.items())]
    found = {flow: geomean(table.speedup(*pair, flow) for pair in pairs) for flow in ex.BASELINES}
    return {**found, "share of ideal": geomean(table.ideal_share(*pair) for pair in pairs)}


def moves(table, sweeps):
    """(result, constant) -> change of the result, in share, with the constant at 0.8 and at 1.2."""
    base = results_of(table, sweeps[0])
    found = {}
    for sweep in sweeps[1:]:
        key = sweep.name.removeprefix("sensitivity-")
        for value in sweep.settings[key]:
            now = results_of(table, sweep, **{key: value})
            for result, was in base.items():
                found.setdefault((result, key), []).append(now[result] / was - 1)
    return found


def sensitivity(table, sweeps):
    found = {pair: change for pair, change in moves(table, sweeps).items() if max(map(abs, change)) > 0.05}
    rows = [[result, f"`{key}`", *(f"{100 * part:+.1f} %" for part in change)]
            for (result, key), change in sorted(found.items(), key=lambda item: -max(map(abs, item[1])))]
    return rows_of(["result", "constant", "at 80 %", "at 120 %"], rows)


# ---- the hub's design space ----------------------------------------------------------------------------------------


def hub(table, sweeps):
    """The knee of a parameter, in bold: the smallest hub whose layers take at most 1 % longer than its fastest one's."""
    rows = []
    for sweep in sweeps:
        key = sweep.name.removeprefix("hub-")
        found = []
        for value in sweep.settings[key]:
            pairs = [(sweep, point) for point in points.grid(sweep) if point[key] == value]
            fixed = {name: setting for name, setting in sweep.settings.items() if name != key}
            times = [table.of(*pair, "moehub") for pair in pairs]
            found.append((value, times, area.mm2(**fixed, **{key: value})))
        best = min(geomean(times) for _, times, _ in found)
        knee = min((mm2, index) for index, (_, times, mm2) in enumerate(found) if geomean(times) < 1.01 * best)[1]
        for index, (value, times, mm2) in enumerate(found):
            mark = "**" if index == knee else ""
            rows.append([f"`{key}`", f"{mark}{value}{mark}", *(f"{time:.1f}" for time in times),
                         f"{geomean(times) / best:.3f}x", f"{mm2:.3f}"])
    return rows_of(["parameter", "value", *(f"{model} us" for model in ex.MODELS), "mean over the best", "mm2 at 7 nm"], rows)


# ---- beside the paper ----------------------------------------------------------------------------------------------


def headline(table, all_sweeps):
    sweeps = all_sweeps["layer"]
    rows = []

    def add(what, paper, values):
        rows.append([what, paper, *values])

    def both(make):
        return [make(on(sweeps, system)) for system in ex.SYSTEMS]

    add("layer speed-up over the five baselines", "1.40x to 3.08x", both(
        lambda pairs: span(table.speedup(*pair, flow) for pair in pairs for flow in ex.BASELINES)))
    for flow in ex.BASELINES:
        add(f"- over {flow}", "", both(lambda pairs, flow=flow: span(table.speedup(*pair, flow) for pair in pairs)))
    add("end to end", "1.21x to 1.98x", both(
        lambda pairs: span(table.speedup(*pair, flow, "whole") for pair in pairs for flow in ex.BASELINES)))
    add("share of the ideal layer", "96.8 %", both(
        lambda pairs: span((100 * table.ideal_share(*pair) for pair in pairs), "{:.1f} %")))
    for model in ex.MODELS:
        add(f"- {model}", "", both(lambda pairs, model=model: span(
            (100 * table.ideal_share(*pair) for pair in pairs if pair[1]["model"] == model), "{:.1f} %")))
    for flow, paper in (("megatron-te", "47 % of the forward pass"), ("comet", "more than 24 %"), ("ccfuser", "more than 24 %")):
        add(f"scheduling and exposed communication, {flow}", paper, both(
            lambda pairs, flow=flow: span((100 * table.lost(*pair, flow) for pair in pairs), "{:.0f} %")))
    over = [gain for *_, gain in gains(table, all_sweeps["ablation"])]
    add("packet management, routing to GEMM1", "1.13x on average", [f"{geomean(g[0] for g in over):.3f}x", ""])
    add("ready signals, routing to GEMM1", "1.14x on average", [f"{geomean(g[1] for g in over):.3f}x", ""])
    return rows_of(["", "paper", *ex.SYSTEMS.values()], rows)


TABLES = {"layer": layer, "bounds": bounds, "shares": shares, "whole": whole, "ablation": ablation, "spread": spread, "gpus": gpus,
          "sensitivity": sensitivity, "hub": hub}
SWEEPS_OF = dict.fromkeys(("bounds", "shares", "whole"), "layer")
# Tables of the thinner grid that have too little to say.
NOT_QUICK = ("sensitivity", "hub")


def text_of(table, names, quick):
    """Tables for the terminal."""
    text = []
    for name, make in TABLES.items():
        experiment = SWEEPS_OF.get(name, name)
        if experiment in names and not (quick and name in NOT_QUICK):
            text.append(f"== {name}\n\n" + make(table, ex.EXPERIMENTS[experiment](quick)))
    if not quick and set(names) == set(ex.EXPERIMENTS):
        text.insert(0, "== beside the paper\n\n" + headline(table, {n: f(False) for n, f in ex.EXPERIMENTS.items()}))
    return "\n".join(text)


def page():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def updated(table):
    """The page with the tables of these records."""
    text = page()
    sweeps = {name: make(False) for name, make in ex.EXPERIMENTS.items()}
    parts = {"headline": headline(table, sweeps)}
    parts.update((name, make(table, sweeps[SWEEPS_OF.get(name, name)])) for name, make in TABLES.items())
    for name, part in parts.items():
        block = re.compile(rf"(<!-- {name}: begin -->\n)(.*?)(<!-- {name}: end -->)", re.DOTALL)
        text, count = block.subn(lambda found, part=part: found[1] + part + found[3], text)
        if count != 1:
            raise SystemExit(f"{PAGE}: {count} places for {name}")
    return text


def write(table):
    text = updated(table)
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text)
    plots.draw(table, {name: make(False) for name, make in ex.EXPERIMENTS.items()}, moves(table, ex.sensitivity(False)))
