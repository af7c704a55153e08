"""Sets the system model against measurements on real machines, and keeps docs/calibration.md.

    python3 bench/calibration/report.py [--build DIR] [--tables DIR] [--update | --check]

Without --tables: the figures in bench/calibration/measured. With it: also the whole tables that they were taken from
(tables.py says which files). --update writes the parts of the page that were computed, and with --tables the plot, which
takes matplotlib; --check fails when the page has others. Exit status: 0 all well; 1 the page differs, or a figure is out
of its bounds; 2 no model.
"""
import argparse
import dataclasses
import difflib
import json
import os
import re
import subprocess
import sys

import tables

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGE = os.path.join(ROOT, "docs", "calibration.md")
PLOT = os.path.join(ROOT, "docs", "img", "calibration.svg")

# Mean absolute error over rows that nothing was fitted to.
TARGETS = (("NCCL all-to-all", "from 1 MiB", 4.4), ("NCCL all-to-all", "below 1 MiB", 10), ("DeepEP", "", 10),
           ("Expert operator", "", 10), ("Expert GEMMs", "", 10), ("MoE layer", "", 15), ("Whole model", "", 15))

# What may not get worse over the project's own figures, fitted or not: mean and largest absolute error.
BOUNDS = (("Expert GEMMs, H100", 6, 25), ("Expert GEMMs, H200", 8, 36), ("NCCL all-to-all, 8 H100, below 1 MiB", 10, 10),
          ("NCCL all-to-all, 8 H100, from 1 MiB", 4.4, 10),
          ("NCCL all-to-all, 8 A100, below 1 MiB", 10, 10), ("NCCL all-to-all, 8 A100, from 1 MiB", 6, 16),
          ("DeepEP", 10, 17), ("Expert operator", 10, 22), ("MoE layer", 16, 27), ("Whole model", 23, 48))


# A table left out: the constants that were set by it, as they would be without it, and where they would come from. What is
# as in another table needs no entry: the A100's share of its links is the H100's, the H200 is an H100 with other memory.
LEFT_OUT = (
    ("NCCL all-to-all, 8 A100", "the H100's", {"nccl_base_us": 7.2, "sm_copy_gb_per_s": 17.3, "nccl_two_loops_kb": 128,
                                               "nccl_step_kb": 64}),
    ("NCCL all-to-all, 8 A100", "the H100's, an SM's rate by the clocks", {
        "nccl_base_us": 7.2, "sm_copy_gb_per_s": 13.3, "nccl_two_loops_kb": 128, "nccl_step_kb": 64}),
    ("NCCL all-to-all, 8 H100", "the A100's", {"nccl_base_us": 12.4, "sm_copy_gb_per_s": 11, "nccl_two_loops_kb": 1024,
                                               "nccl_step_kb": 16}),
    ("NCCL all-to-all, 8 H100", "links' share of DeepEP normal", {"nccl_link_share": 0.80}),
    ("DeepEP normal", "an SM's rate and the links' share of NCCL", {"sm_copy_gb_per_s": 17.1, "deepep_link_share": 0.84}),
    ("DeepEP normal", "the kernel's fixed time of NCCL", {"deepep_kernel_us": 7.2}),
    ("DeepEP low latency", "links' share of DeepEP normal", {"deepep_ll_link_share": 0.80}),
)


def model(points, build):
    """The model's value of every point, us."""
    program = os.path.join(build, "bench", "calibration")
    inputs = [one for point in points for one in point.inputs]
    try:
        done = subprocess.run([program], input=json.dumps(inputs), stdout=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        sys.exit(f"report.py: {program}: {error.strerror}; build it first")
    if done.returncode != 0:
        sys.exit(2)
    values = iter(json.loads(done.stdout))
    return [sum(next(values) for _ in point.inputs) / len(point.inputs) for point in points]


def by_table(points, values):
    found = {}
    for point, value in zip(points, values):
        found.setdefault(point.table, []).append((point, value))
    return found


def error(point, value):
    return 100 * (value / point.measured - 1)


def target(name):
    return next((t for start, part, t in TARGETS if name.startswith(start) and part in name), None)


def out_of_bounds(points, values):
    found = []
    for name, rows in by_table(points, values).items():
        errors = [abs(error(*row)) for row in rows]
        mean, most = next((bounds[1:] for bounds in BOUNDS if name.startswith(bounds[0])))
        if sum(errors) / len(errors) > mean or max(errors) > most:
            found.append(f"{name}: mean error {sum(errors) / len(errors):.1f} %, largest {max(errors):.1f} %; "
                         f"at most {mean} and {most}")
    return found


def summary(points, values):
    lines = ["| table | not fitted: rows | mean error | worst | target | fitted: rows | mean error |",
             "|---|---|---|---|---|---|---|"]
    for name, rows in by_table(points, values).items():
        cells = [name]
        for fitted in (False, True):
            errors = [error(*row) for row in rows if row[0].fitted == fitted]
            mean = f"{sum(map(abs, errors)) / len(errors):.1f} %" if errors else ""
            cells += [str(len(errors)), mean]
            if not fitted:
                goal = target(name)
                cells += [f"{max(errors, key=abs):+.0f} %" if errors else "", f"{goal} %" if goal else ""]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def left_out(points, build):
    """Errors of tables with constants that none of their rows set."""
    lines = ["| table | constants of | mean error | with its own |", "|---|---|---|---|"]
    for table, source, constants in LEFT_OUT:
        changed, own = [], []
        for point in points:
            if point.table.startswith(table):
                settings = [f"software.{key}={value}" for key, value in constants.items()]
                inputs = [{**one, "set": one.get("set", []) + settings} for one in point.inputs]
                changed.append(dataclasses.replace(point, inputs=inputs))
                own.append(point)
        means = [sum(abs(error(p, v)) for p, v in zip(some, model(some, build))) / len(some) for some in (changed, own)]
        lines.append(f"| {table} | {source} | {means[0]:.1f} % | {means[1]:.1f} % |")
    return "\n".join(lines) + "\n"


def figures(points, values):
    lines = []
    for name, rows in by_table(points, values).items():
        lines += [f"**{name}**", "", "| | measured us | model us | error | |", "|---|---|---|---|---|"]
        lines += [f"| {p.name} | {p.measured:.5g} | {v:.5g} | {error(p, v):+.1f} % | {'fitted' if p.fitted else ''} |"
                  for p, v in rows]
        lines.append("")
    return "\n".join(lines)


def plot(points, values):
    try:
        import matplotlib
        matplotlib.use("svg")
        matplotlib.rcParams["svg.hashsalt"] = "moehub"
        import matplotlib.pyplot as plt
    except ImportError:
        print("report.py: no matplotlib, so the plot stays as it is", file=sys.stderr)
        return
    figure, axes = plt.subplots(figsize=(7, 6))
    for name, rows in by_table(points, values).items():
        axes.scatter([p.measured for p, _ in rows], [v for _, v in rows], s=9, label=name, alpha=0.7)
    ends = [5, 30000]
    axes.plot(ends, ends, color="black", linewidth=0.8)
    for share in (0.8, 1.25):
        axes.plot(ends, [share * e for e in ends], color="grey", linewidth=0.6, linestyle="--")
    axes.set(xscale="log", yscale="log", xlabel="measured, us", ylabel="model, us")
    axes.legend(fontsize=7, frameon=False)
    figure.tight_layout()
    figure.savefig(PLOT, metadata={"Date": None})


def block(name):
    return re.compile(rf"(<!-- {name}: begin -->\n)(.*?)(<!-- {name}: end -->)", re.DOTALL)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--tables", help="folder of the whole tables")
    parser.add_argument("--update", action="store_true", help="write into docs/calibration.md")
    parser.add_argument("--check", action="store_true", help="compare with docs/calibration.md")
    options = parser.parse_args()

    own = tables.own(os.path.join(HERE, "measured"))
    values = model(own, options.build)
    parts = {"summary": summary(own, values), "left out": left_out(own, options.build), "figures": figures(own, values)}
    if wrong := out_of_bounds(own, values):
        print("\n".join(wrong))
        return 1
    if options.tables:
        whole = tables.whole(options.tables)
        whole_values = model(whole, options.build)
        parts["whole tables"] = summary(whole, whole_values)
        if options.update:
            plot(whole, whole_values)
    if not (options.update or options.check):
        print("\n".join(parts.values()))
        return 0

    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    wanted = text
    for name, part in parts.items():
        wanted, count = block(name).subn(lambda found, part=part: found[1] + part + found[3], wanted)
        if count != 1:
            sys.exit(f"report.py: {PAGE}: {count} places for {name}")
    if options.update:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(wanted)
        return 0
    sys.stdout.writelines(difflib.unified_diff(text.splitlines(True), wanted.splitlines(True), "docs/calibration.md",
                                               "computed", n=0))
    if wanted != text:
        print("The page is brought up to date by: make calibration DOCS=1")
    return int(wanted != text)


if __name__ == "__main__":
    sys.exit(main())
