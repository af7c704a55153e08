#!/usr/bin/env python3
"""Coverage of the RTL by its unit tests: lines, branches, toggles. `make coverage`.

    scripts/coverage.py FOLDER [--docs] [--missed UNIT]

FOLDER holds what the tests of a build with MOEHUB_COVERAGE wrote, Verilator's coverage files. A point of the source counts
once, whatever the instance and the parameters of the hub that it is in, and is hit when any test hits it. Lines and
branches are what Verilator makes of `if`, `else`, `case` and blocks; a toggle is a bit of a signal that changed.

--docs writes the table into docs/verification.md; --missed prints the lines and branches of a unit that no test hit.
Exit status: 0; 2 when there is nothing to read.
"""
import argparse
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs", "verification.md")
KINDS = ("line", "branch", "toggle")


def points(folder):
    """(file below rtl/, line, column, kind, what) -> times hit, summed over tests."""
    files = sorted(glob.glob(os.path.join(folder, "*.dat")))
    if not files:
        print(f"coverage.py: {folder}: no coverage files", file=sys.stderr)
        sys.exit(2)
    found = {}
    keys = {}   # the same text is in many files
    for name in files:
        with open(name, encoding="utf-8") as file:
            for line in file:
                if not line.startswith("C "):
                    continue
                text, count = line[3:].rsplit("' ", 1)
                if text not in keys:
                    fields = dict(part.split("\2", 1) for part in text.split("\1") if "\2" in part)
                    path = os.path.normpath(fields["f"])
                    at = path.find("/rtl/")
                    kind = fields["page"].split("/")[0].removeprefix("v_")
                    inside = at >= 0 and "/tests/" not in path and kind in KINDS
                    keys[text] = (path[at + 5:], int(fields["l"]), int(fields["n"]), kind, fields["o"]) if inside else None
                if keys[text]:
                    found[keys[text]] = found.get(keys[text], 0) + int(count)
    return found


def table(found):
    units = sorted({key[0].split("/")[0] for key in found})
    lines = ["unit             lines            branches           toggles"]
    for unit in units + ["all"]:
        cells = []
        for kind in KINDS:
            hits = [count > 0 for key, count in found.items() if key[3] == kind and unit in ("all", key[0].split("/")[0])]
            cells.append(f"{100 * sum(hits) / len(hits):5.1f} % of {len(hits):6}" if hits else " " * 17)
        lines.append(f"{unit:<12}" + "  ".join(cells))
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="of the coverage files")
    parser.add_argument("--docs", action="store_true", help="write the table into docs/verification.md")
    parser.add_argument("--missed", metavar="UNIT", help="print what no test of the unit hit, but for toggles")
    options = parser.parse_args()
    found = points(options.folder)
    text = table(found)
    print(text)
    if options.missed:
        for (file, line, column, kind, what), count in sorted(found.items()):
            if not count and kind != "toggle" and file.startswith(options.missed + "/"):
                print(f"rtl/{file}:{line}:{column}: {kind} {what}")
    if options.docs:
        with open(PAGE, encoding="utf-8") as file:
            page = file.read()
        page, count = re.subn(r"(<!-- coverage: begin -->\n```\n).*?(```\n<!-- coverage: end -->)",
                              lambda block: block[1] + text + block[2], page, flags=re.DOTALL)
        if count != 1:
            sys.exit(f"coverage.py: {PAGE}: {count} places for the table")
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
