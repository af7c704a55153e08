#!/usr/bin/env python3
"""Mutation score of the unit tests: how many small faults of the RTL they notice. `make mutate`.

    scripts/mutate/mutate.py [UNIT ...] [--mutants N] [--jobs N] [--survivors] [--docs]
    scripts/mutate/mutate.py --check [PAGE] MODULE ...

Mutants (sites.py says which there are) are drawn for each module in proportion to those it has; which ones depends on
their text alone, so a change elsewhere draws no others. All are built into one copy of the RTL (copies.py), and the
tests of the unit run on it for each mutant until one fails (runner.py). A mutant is killed when a test fails, an
assertion or property that simulation checks fires, or a test takes ten times as long. What survives is either
in equivalent.txt, with the reason why no test could see it, or a gap in the tests.

Results are kept under $BUILD/mutate and used again while the executable is the same; --survivors keeps those of an earlier
executable too, for what it killed and for what is equivalent: right while the RTL of these modules is the same. mutants.csv
holds all of them, --docs writes docs/verification.md from it. --check runs the mutants of modules and compares them with
mutants.csv, and the page too.

Exit status: 0; 1 a unit's score is below 95 %, equivalent.txt is wrong, or --check found a difference; 2 usage, or nothing
builds.
"""
import argparse
import csv
import dataclasses
import hashlib
import json
import os
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

import copies    # noqa: E402
import report    # noqa: E402
import runner    # noqa: E402
import sites     # noqa: E402

MUTANTS = 960    # and more, for AT_LEAST
AT_LEAST = 8     # of a module, if it has so many
PASSES = 0.95    # score of a unit


def choose(every, total):
    """`total` of all mutants, module by module in proportion, drawn by the hash of their text."""
    by_file = {}
    for mutant in every:
        by_file.setdefault(mutant.file, []).append(mutant)
    chosen = []
    for mutants in by_file.values():
        quota = max(AT_LEAST, round(total * len(mutants) / len(every)))
        drawn = sorted(mutants, key=lambda m: hashlib.sha256(("draw" + m.key).encode()).hexdigest())[:quota]
        chosen += sorted(drawn, key=lambda m: (m.start, m.operator, m.after))
    return chosen


def all_mutants(units, work):
    """All mutants of the units; slang is asked again when something has changed that it reads."""
    tops = {unit: sorted(str(top) for top in (Path("tests/rtl") / unit).glob("top*.sv"))
            for unit in units}
    read = sorted([*Path("rtl").rglob("*.sv*"), *Path("tests/rtl").rglob("*.sv*"), *Path("tb/formal").glob("*.sv"),
                   Path(sites.__file__)])
    digest = hashlib.sha256(repr(tops).encode() + b"".join(path.read_bytes() for path in read)).hexdigest()
    known = work / f"mutants-{digest[:16]}.json"
    if not known.exists():
        found = [mutant for mutant in sites.mutants(tops) if mutant.unit in units]
        known.write_text(json.dumps([dataclasses.astuple(mutant) for mutant in found]), encoding="utf-8")
    return [sites.Mutant(*fields) for fields in json.loads(known.read_text(encoding="utf-8"))]


class Kept:
    """Results of this and earlier runs, in a file that grows line by line."""

    def __init__(self, path):
        self.path, self.lock = path, threading.Lock()
        self.known = {}
        if path.exists():
            with open(path, encoding="utf-8", newline="") as file:
                for fingerprint, key, verdict, by in (row for row in csv.reader(file) if len(row) == 4):
                    self.known[fingerprint, key] = runner.Verdict(verdict == "killed", by)

    def before(self, key, equivalent):
        """What an earlier executable said, as far as no later test can change it."""
        return next((v for (_, k), v in self.known.items() if k == key and v.killed != equivalent), None)

    def add(self, fingerprint, key, verdict):
        with self.lock:
            self.known[fingerprint, key] = verdict
            with open(self.path, "a", encoding="utf-8", newline="") as file:
                csv.writer(file).writerow([fingerprint, key, "killed" if verdict.killed else "survived", verdict.by])


def judged(chosen, wanted, programs, work, options):
    """(mutant, verdict) of those `wanted`, in their order; its place in `chosen` is a mutant's number."""
    before = {row["key"]: row["by"].split(" (")[0] for row in report.read_rows()}
    often = [name for name, _ in Counter(by for by in before.values() if by).most_common()]
    kept = Kept(work / "results.csv")
    tests = {unit: runner.Tests(program, work / "scratch" / unit, often) for unit, program in programs.items()}
    number_of = {mutant.key: number for number, mutant in enumerate(chosen, 1)}
    equivalent = report.reasons()
    verdicts, waiting = {}, []
    for mutant in wanted:
        known = kept.known.get((tests[mutant.unit].fingerprint, mutant.key))
        if known is None and options.survivors:
            known = kept.before(mutant.key, mutant.key in equivalent)
        if known is None:
            waiting.append(mutant)
        else:
            verdicts[mutant.key] = known
    for unit in sorted({mutant.unit for mutant in waiting}):
        print(f"{unit}: {len(tests[unit].names)} tests take {tests[unit].measure():.1f} s without mutant", flush=True)
    started = time.monotonic()

    def judge(mutant):
        verdict = tests[mutant.unit].judge(number_of[mutant.key], before.get(mutant.key))
        kept.add(tests[mutant.unit].fingerprint, mutant.key, verdict)
        return mutant, verdict

    with ThreadPoolExecutor(options.jobs) as pool:
        for done, (mutant, verdict) in enumerate(pool.map(judge, waiting), 1):
            verdicts[mutant.key] = verdict
            if sys.stderr.isatty():
                print(f"{done} of {len(waiting)} mutants", end="\r", file=sys.stderr)
            elif done % 50 == 0:
                print(f"{done} of {len(waiting)} mutants, {time.monotonic() - started:.0f} s", flush=True)
    return [(mutant, verdicts[mutant.key]) for mutant in wanted]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("units", nargs="*", metavar="UNIT", help="folders of rtl/, all by default; --check: modules")
    parser.add_argument("--mutants", type=int, default=MUTANTS, help=f"how many in all [{MUTANTS}]")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--survivors", action="store_true", help="what was killed once, or is equivalent, is not run again")
    parser.add_argument("--docs", action="store_true", help="write the tables into docs/verification.md")
    parser.add_argument("--check", nargs="?", const=str(report.PAGE), metavar="PAGE",
                        help="run the modules named, compare with mutants.csv, and that with the page")
    parser.add_argument("--rows", type=Path, default=report.ROWS, metavar="FILE", help="instead of mutants.csv")
    options = parser.parse_args()
    report.ROWS = options.rows
    options.work = Path(os.environ.get("BUILD", "build")) / "mutate"
    options.work.mkdir(parents=True, exist_ok=True)
    units = sorted(path.name for path in Path("rtl").iterdir() if path.is_dir())
    known = units if not options.check else sorted(path.stem for path in Path("rtl").glob("*/*.sv"))
    for name in options.units:
        if name not in known:
            parser.error(f"no {'module' if options.check else 'unit'} {name} in rtl/; there are {', '.join(known)}")
    if options.mutants < 1 or options.jobs < 1:
        parser.error("--mutants and --jobs must be at least 1")
    return options, units


def check(options):
    """Whether the modules' mutants fare as mutants.csv says, and the page shows what that file holds."""
    rows = {row["key"]: row for row in report.read_rows() if Path(row["file"]).stem in options.units}
    units = sorted({report.unit_of(row) for row in rows.values()})
    chosen = [mutant for mutant in all_mutants(units, options.work) if mutant.key in rows]
    options.work /= "check"
    copies.write(options.work / "rtl", chosen)
    programs = runner.build(options.work, units, options.jobs)
    wrong = [f"{report.line_of(row)}: not in the RTL any more" for key, row in rows.items()
             if key not in {mutant.key for mutant in chosen}]
    for mutant, verdict in judged(chosen, chosen, programs, options.work, options):
        now, then = report.row_of(mutant, verdict), rows[mutant.key]
        if now["verdict"] != then["verdict"]:
            wrong.append(f"{report.line_of(now)}: {now['verdict']} {now['by']}, but {then['verdict']} in "
                         f"{report.ROWS.name}")
    every = report.read_rows()
    wrong += report.wrong_reasons(every)
    if report.page_differs(every, options.check):
        wrong.append(f"{options.check} does not show what {report.ROWS.name} holds")
    print("\n".join(wrong) if wrong else f"{len(chosen)} mutants fare as in {report.ROWS.name}")
    return int(bool(wrong) or not chosen)


def score(options, units):
    wanted_units = options.units or units
    print("reading the RTL", flush=True)
    chosen = choose(all_mutants(units, options.work), options.mutants)
    copies.write(options.work / "rtl", chosen)
    wanted = [mutant for mutant in chosen if mutant.unit in wanted_units]
    print(f"building {len(wanted)} mutants of {', '.join(wanted_units)}", flush=True)
    programs = runner.build(options.work, wanted_units, options.jobs)
    results = judged(chosen, wanted, programs, options.work, options)
    rows = [row for row in report.read_rows() if report.unit_of(row) not in wanted_units]
    rows += [report.row_of(*result) for result in results]
    rows.sort(key=lambda row: (row["file"], int(row["line"]), row["operator"], row["key"]))
    report.write_rows(rows)
    print(report.table(rows))
    left, wrong = report.unexplained(rows), report.wrong_reasons(rows)
    print("\n".join([f"{row['key']} {report.line_of(row)}" for row in left] + wrong))
    if options.docs:
        report.write_page(rows)
    low = [unit for unit in units if report.score([row for row in rows if report.unit_of(row) == unit]) < PASSES]
    for unit in low:
        print(f"{unit}: below {100 * PASSES:.0f} %")
    return int(bool(low or wrong))


def main():
    options, units = arguments()
    try:
        return check(options) if options.check else score(options, units)
    except (RuntimeError, ValueError) as error:
        print(f"mutate.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
