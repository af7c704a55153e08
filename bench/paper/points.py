"""Results of the paper's experiments: a record for each point and flow. Read from the folders that `moehub sweep`
leaves; kept in points.csv, from which docs/results.md is made.

A record: sweep, point ("model=phi-3.5-moe,tokens=128", options and settings), flow, and of
a layer, us: `layer`, `window` (routing to the end of GEMM1), `compute` (arithmetic runs, on the GPU where that is
longest), `software` (mediation, synchronisation, launches, permutation, polling, barriers, idle while neither
arithmetic nor rows are under way; mean over GPUs), and `whole`, a forward pass of the whole model, where it was asked for.
"""
import csv
import itertools
import json
import os

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "points.csv")
TIMES = ("layer", "window", "compute", "software", "whole")
SOFTWARE = ("mediation", "sync", "launch", "permute", "poll", "barrier", "idle")


def grid(sweep):
    """Every point of a sweep: the arguments of its `moehub run`, by name."""
    named = {**sweep.options, **sweep.settings}
    lists = [value if isinstance(value, list) else [value] for value in named.values()]
    return [dict(zip(named, values)) for values in itertools.product(*lists)]


def arguments(folder):
    """By name, of the run that filled a folder of `moehub sweep`."""
    with open(os.path.join(folder, "point.json"), encoding="utf-8") as file:
        words = json.load(file)["arguments"]
    found = {}
    for option, value in zip(words[::2], words[1::2]):
        if option == "--set":
            option, value = value.split("=", 1)
        found[option.removeprefix("--")] = value
    return found


def text(value):
    """As `moehub sweep` writes it in arguments: 1, not 1.0."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def label(point):
    """What tells a point from the others of all experiments, in a fixed order."""
    return ",".join(f"{name}={text(value)}" for name, value in point.items() if name not in ("hub", "flow", "pass"))


def records(sweep, folder):
    """All records of a sweep that has run."""
    there = {}
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.exists(os.path.join(path, "point.json")):
            there[tuple(sorted(arguments(path).items()))] = path
    found = []
    for point in grid(sweep):
        path = there[tuple(sorted((name, text(value)) for name, value in point.items()))]
        with open(os.path.join(path, "summary.json"), encoding="utf-8") as file:
            summary = json.load(file)
        if not summary["check"]["ok"]:
            raise SystemExit(f"{path}: check failed")
        split = {}
        with open(os.path.join(path, "time.csv"), encoding="utf-8") as file:
            for row in csv.DictReader(file):
                split[row["flow"], row["activity"]] = float(row["us"])
        for flow, values in summary["flows"].items():
            whole = summary["pass"]["flows"][flow]["pass_us"] if "pass" in summary else None
            found.append({"sweep": sweep.name, "point": label(point), "flow": flow, "layer": values["layer_us"],
                          "window": values["routing_to_gemm1_us"],
                          "compute": values["compute_us"],
                          "software": sum(split[flow, activity] for activity in SOFTWARE), "whole": whole})
    return [as_text(record) for record in found]


def as_text(record):
    return {key: ("" if value is None else f"{value:.3f}") if key in TIMES else value for key, value in record.items()}


def key(record):
    return record["sweep"], record["point"], record["flow"]


def write(rows):
    with open(FILE, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("sweep", "point", "flow", *TIMES), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read():
    with open(FILE, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Table:
    """Records by what they are of: numbers, None where a time was not asked for."""

    def __init__(self, rows):
        self.by_key = {key(row): {time: float(row[time]) if row[time] else None for time in TIMES} for row in rows}

    def of(self, sweep, point, flow, time="layer"):
        return self.by_key[sweep.name, label(point), flow][time]

    def speedup(self, sweep, point, flow, time="layer"):
        return self.of(sweep, point, flow, time) / self.of(sweep, point, "moehub", time)

    def lost(self, sweep, point, flow):
        """Share of the layer in which the busiest GPU computes nothing: scheduling and exposed communication."""
        return 1 - self.of(sweep, point, flow, "compute") / self.of(sweep, point, flow)

    def ideal_share(self, sweep, point, flow="moehub"):
        return self.of(sweep, point, "ideal") / self.of(sweep, point, flow)
