#!/usr/bin/env python3
"""Coverage of the RTL by its unit tests: lines, branches, toggles, must-hit points. `make coverage`.

    scripts/coverage.py FOLDER [--docs] [--missed UNIT [--toggles]]
    scripts/coverage.py --check

FOLDER holds what the tests of a build with MOEHUB_COVERAGE wrote, Verilator's coverage files. Something counts once,
whatever the instance and the parameters of the hub that it is in, and is hit when any test hits it. Lines and
branches are what Verilator makes of `if`, `else`, `case` and blocks; a toggle is a bit of a signal that changed.
A point is a `COVER` of tests/rtl/<unit>/*_points.sv: found there, counted by Verilator.

--missed prints what no test of a unit hit, with --toggles these too. --docs writes the table into
docs/verification.md and the list of points, docs/coverage.md; --check compares that list with the points that there are.

Exit status: 0; 1 a point was not hit, or --check found a difference; 2 when there is nothing to read.
"""
import argparse
import glob
import os
import re
import sys
from collections import namedtuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs", "verification.md")
LIST = os.path.join(ROOT, "docs", "coverage.md")
KINDS = ("line", "branch", "toggle")

Hit = namedtuple("Hit", "file line column kind what")           # file below rtl/
Point = namedtuple("Point", "unit module name")
COVER = re.compile(r"^module (\w+)_points\b|`COVER\((\w+),((?:(?!`COVER)[\s\S])*?)\)\s*// ([^\n]*)", re.MULTILINE)


def fail(message):
    print(f"coverage.py: {message}", file=sys.stderr)
    sys.exit(2)


def declared():
    """Every point of the sources -> what it says."""
    found = {}
    for name in sorted(glob.glob(os.path.join(ROOT, "tests", "rtl", "*", "*_points.sv"))):
        folder = os.path.basename(os.path.dirname(name))
        with open(name, encoding="utf-8") as file:
            text = file.read()
        module = None
        before = len(found)
        for match in COVER.finditer(text):
            module = match[1] or module
            if match[2]:
                point = Point(folder, module, match[2])
                if point in found:
                    fail(f"{name}: two points {module}.{match[2]}")
                found[point] = match[4]
        if len(found) - before != text.count("`COVER("):
            fail(f"{name}: a point without `// what it is` behind it")
    return found


def counted(folder):
    """Lines, branches and toggles (Hit) and points (Point) -> times hit, summed over tests."""
    files = sorted(glob.glob(os.path.join(folder, "*.dat")))
    if not files:
        fail(f"{folder}: no coverage files")
    found = {}
    keys = {}   # the same text is in many files
    for name in files:
        with open(name, encoding="utf-8") as file:
            for line in file:
                if not line.startswith("C "):
                    continue
                text, count = line[3:].rsplit("' ", 1)
                if text not in keys:
                    keys[text] = key_of(dict(part.split("\2", 1) for part in text.split("\1") if "\2" in part))
                if keys[text]:
                    found[keys[text]] = found.get(keys[text], 0) + int(count)
    return found


def key_of(fields):
    path = os.path.normpath(fields["f"])
    kind, _, module = fields["page"].partition("/")
    kind = kind.removeprefix("v_")
    if kind == "user":
        place = re.search(r"/tests/rtl/(\w+)/\w+_points\.sv$", path)
        if not place:
            return None
        module = re.sub(r"_points(__.*)?$", "", module)
        return Point(place[1], module, fields["o"])
    at = path.find("/rtl/")
    if at < 0 or "/tests/" in path or kind not in KINDS:
        return None
    return Hit(path[at + 5:], int(fields["l"]), int(fields["n"]), kind, fields["o"])


def table(found, points):
    units = sorted({point.unit for point in points} | {key.file.split("/")[0] for key in found if isinstance(key, Hit)})
    units = [unit for unit in units if not unit.endswith(".sv")]
    lines = ["unit             lines            branches           toggles           points"]
    for unit in units + ["all"]:
        cells = []
        for kind in KINDS:
            hits = [count > 0 for key, count in found.items() if isinstance(key, Hit) and key.kind == kind
                    and unit in ("all", key.file.split("/")[0])]
            cells.append(f"{100 * sum(hits) / len(hits):5.1f} % of {len(hits):6}" if hits else " " * 17)
        mine = [found.get(point, 0) > 0 for point in points if unit in ("all", point.unit)]
        cells.append(f"{sum(mine):5} of {len(mine):4}")
        lines.append(f"{unit:<12}" + "  ".join(cells))
    return "\n".join(lines) + "\n"


def listed(points):
    """The page of all points."""
    text = ["# Must-hit points", "",
            "What the unit tests of the RTL must reach; `make coverage` counts and fails if one is not. Written by",
            "`make coverage DOCS=1` from `tests/rtl/*/*_points.sv`, where each stands with its condition.", ""]
    for unit in sorted({point.unit for point in points}):
        mine = [point for point in points if point.unit == unit]
        text += [f"## {unit}: {len(mine)} points", ""]
        modules = list(dict.fromkeys(point.module for point in mine))
        for module in modules:
            text += [f"### {module}", "", "| point | what it is |", "|---|---|"]
            text += [f"| {point.name} | {what.replace('|', chr(92) + '|')} |" for point, what in points.items()
                     if point.unit == unit and point.module == module]
            text.append("")
    return "\n".join(text)


def show_missed(found, points, unit, toggles):
    for key, count in sorted((item for item in found.items() if isinstance(item[0], Hit))):
        if not count and (toggles or key.kind != "toggle") and key.file.startswith(unit + "/"):
            print(f"rtl/{key.file}:{key.line}:{key.column}: {key.kind} {key.what}")
    for point, what in points.items():
        if point.unit == unit and not found.get(point, 0):
            print(f"{point.module}.{point.name}: {what}")


def write_docs(text, points):
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    page, count = re.subn(r"(<!-- coverage: begin -->\n```\n).*?(```\n<!-- coverage: end -->)",
                          lambda block: block[1] + text + block[2], page, flags=re.DOTALL)
    if count != 1:
        fail(f"{PAGE}: {count} places for the table")
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page)
    with open(LIST, "w", encoding="utf-8") as file:
        file.write(listed(points))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="of the coverage files")
    parser.add_argument("--docs", action="store_true", help="write docs/coverage.md and the table of docs/verification.md")
    parser.add_argument("--missed", metavar="UNIT", help="print what no test of the unit hit, but for toggles")
    parser.add_argument("--toggles", action="store_true", help="--missed: toggles too")
    parser.add_argument("--check", action="store_true", help="compare docs/coverage.md with the points that there are")
    options = parser.parse_args()
    points = declared()
    if options.check:
        with open(LIST, encoding="utf-8") as file:
            same = file.read() == listed(points)
        print(f"{len(points)} points" if same else f"{LIST} does not list the points that there are: make coverage DOCS=1")
        return int(not same)
    if not options.folder:
        parser.error("the folder of the coverage files is missing")
    found = counted(options.folder)
    text = table(found, points)
    print(text)
    if options.missed:
        show_missed(found, points, options.missed, options.toggles)
    wrong = [f"not hit: {point.unit}: {point.module}.{point.name}" for point in points if not found.get(point, 0)]
    if wrong and not options.missed:
        print("\n".join(wrong))
    if options.docs:
        write_docs(text, points)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
