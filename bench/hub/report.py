"""Runs the hub bench of some configurations, prints its tables, and keeps docs/performance.md up to date.

    python3 bench/hub/report.py [--build DIR] [--out DIR] [--update | --check] NAME... [-- arguments of the bench]

Each NAME is a configuration whose program lies in BUILD/hub_bench. NAME.txt, .json and .csv are written to OUT. With
--update the tables replace those of the page, with --check a table that differs from the page's is a failure.
Exit status: 0 all well; 1 a check or mark of a bench did not hold, or the page differs; 2 a bench could not run.
"""
import argparse
import difflib
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs", "performance.md")


def block(name):
    """Pattern of a configuration's table in the page, its text in group 2."""
    return re.compile(rf"(<!-- hub_bench_{name}: begin -->\n```\n)(.*?)(```\n<!-- hub_bench_{name}: end -->)", re.DOTALL)


def read_page():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def run_bench(name, options):
    program = os.path.join(options.build, "hub_bench", f"hub_bench_{name}")
    files = os.path.join(options.out, name)
    done = subprocess.run([program, "--json", files + ".json", "--csv", files + ".csv", *options.arguments],
                          stdout=subprocess.PIPE, text=True, check=False)
    with open(files + ".txt", "w", encoding="utf-8") as file:
        file.write(done.stdout)
    return done


def differs(name, text):
    found = block(name).search(read_page())
    there = found[2] if found else ""
    if there == text:
        return False
    sys.stdout.writelines(difflib.unified_diff(there.splitlines(True), text.splitlines(True), "docs/performance.md",
                                               f"hub_bench_{name}", n=0))
    print("The page is brought up to date by: make bench-hub DOCS=1")
    return True


def update(name, text):
    page, count = block(name).subn(lambda found: found[1] + text + found[3], read_page())
    if count != 1:
        raise SystemExit(f"{PAGE}: {count} places for the table of {name}")
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page)


def parse():
    given = sys.argv[1:]
    own, arguments = given, []
    if "--" in given:
        own, arguments = given[:given.index("--")], given[given.index("--") + 1:]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--out")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("name", nargs="+")
    options = parser.parse_args(own)
    if arguments and (options.update or options.check):
        parser.error("the page holds results without further arguments")
    options.out = options.out or os.path.join(options.build, "out", "bench-hub")
    options.arguments = arguments
    return options


def main():
    options = parse()
    os.makedirs(options.out, exist_ok=True)
    status = 0
    for name in options.name:
        done = run_bench(name, options)
        print(done.stdout, flush=True)
        if done.returncode not in (0, 1):
            return 2
        status = max(status, done.returncode)
        if options.update:
            update(name, done.stdout)
        if options.check and differs(name, done.stdout):
            status = 1
    print(f"reports: {options.out}/")
    return status


if __name__ == "__main__":
    sys.exit(main())
