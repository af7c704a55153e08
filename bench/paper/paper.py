#!/usr/bin/env python3
"""The MoE-Hub paper's tables by this simulator. `make paper`, `make paper-quick`.

    bench/paper/paper.py                runs everything, prints the results, writes points.csv, docs/results.md and plots
    bench/paper/paper.py --quick        runs a thinner grid, and fails when a point is not as in points.csv, or the
                                        page not as points.csv makes it
    bench/paper/paper.py --only NAME    some experiments (experiments.py), printed and not written
    bench/paper/paper.py --page         runs nothing: the page and the plots as points.csv makes them

Runs lie under --out; what is there of the same program, files and arguments is not run again. Exit status: 0 all well; 1
something differs, or a check failed; 2 a run was refused; 130 interrupted.
"""
import argparse
import difflib
import os
import subprocess
import sys

import experiments
import page
import points


def run(sweep, options):
    """Runs what is missing of a sweep; its records."""
    os.makedirs(options.out, exist_ok=True)
    spec = os.path.join(options.out, sweep.name + ".toml")
    with open(spec, "w", encoding="utf-8") as file:
        file.write(sweep.toml())
    folder = os.path.join(options.out, sweep.name)
    command = [options.moehub, "sweep", spec, "--out", folder]
    if options.jobs:
        command += ["--jobs", str(options.jobs)]
    status = subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode
    if status:
        sys.exit(status)
    return points.records(sweep, folder)


def compare(rows):
    """Lines that say which records are not in points.csv, or otherwise."""
    known = {points.key(row): row for row in points.read()}
    return [f"{' '.join(points.key(row))}: {row} is {known.get(points.key(row))} in {os.path.basename(points.FILE)}"
            for row in rows if row != known.get(points.key(row))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moehub", default="build/moehub", help="the program [build/moehub]")
    parser.add_argument("--out", default="build/out/paper", help="folder of the runs [build/out/paper]")
    parser.add_argument("--jobs", type=int, help="runs at a time [number of cores]")
    parser.add_argument("--quick", action="store_true", help="the thinner grid, compared")
    parser.add_argument("--only", nargs="+", choices=experiments.EXPERIMENTS, help="some experiments")
    parser.add_argument("--page", action="store_true", help="docs/results.md and plots from points.csv")
    options = parser.parse_args()
    if options.page:
        page.write(points.Table(points.read()))
        return 0

    rows = []
    for name in options.only or experiments.EXPERIMENTS:
        sweeps = experiments.EXPERIMENTS[name](options.quick)
        for index, sweep in enumerate(sweeps):
            print(f"{name}: sweep {index + 1} of {len(sweeps)}, {len(points.grid(sweep))} points", file=sys.stderr, flush=True)
            rows += run(sweep, options)
    if options.quick:
        table = points.Table(rows)
        print(page.text_of(table, options.only or list(experiments.EXPERIMENTS), quick=True))
        wrong = compare(rows)
        if not options.only:
            was, now = page.page(), page.updated(points.Table(points.read()))
            wrong += difflib.unified_diff(was.splitlines(), now.splitlines(), "docs/results.md", "from points.csv", "", "", 0, "")
        print("\n".join(wrong) if wrong else f"{len(rows)} records as in {os.path.basename(points.FILE)}")
        return int(bool(wrong))
    table = points.Table(rows)
    print(page.text_of(table, options.only or list(experiments.EXPERIMENTS), quick=False))
    if not options.only:
        points.write(rows)
        page.write(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
