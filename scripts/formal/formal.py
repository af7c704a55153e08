#!/usr/bin/env python3
"""Formal proofs: runs the .sby files of tb/formal with Yosys (slang front end) and abc, and prints a table.

  scripts/formal/formal.py                    every proof
  scripts/formal/formal.py --quick            those whose tasks are tagged `quick`
  scripts/formal/formal.py NAME...            files, or file:task
  scripts/formal/formal.py --search N NAME... proves nothing: looks for failures in the first N cycles, which is quick
  scripts/formal/formal.py --docs             also writes the table into docs/verification.md
  scripts/formal/formal.py --check [PAGE]     compares the table of the quick ones with the page

The files are SymbiYosys's; its users run them as they are (`cd tb/formal; sby -f fifo.sby`). This program reads
the same files and needs a Yosys with slang and Debian's `yosys-abc` alone. Modes:

  prove   abc pdr, all assertions together, or induction over one step of all of them, or each in its own cone with the
          proved ones as constraints: holds in every reachable state, or a trace
  bmc     abc bmc3: no assertion fails in the first `depth` cycles; this is no proof, and the table says so
  cover   abc bmc3 on each cover: reached within `depth` cycles, or the run fails

A failing assertion leaves a VCD. A graph that was answered before is not asked again (build/formal/*.json). Exit
status: 0 all as expected, 1 a property failed, 2 bad usage or a missing program.
"""
import argparse
import dataclasses
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "synth"))
sys.dont_write_bytecode = True

import proofs    # noqa: E402
import tools     # noqa: E402

PAGE = Path("docs/verification.md")
BLOCK = re.compile(r"(<!-- formal: begin -->\n```\n)(.*?)(```\n<!-- formal: end -->)", re.S)


def chosen(names, quick):
    """Tasks to run, in the order of the files."""
    tasks = proofs.all_tasks()
    for name in names:
        if not any(name in (task.file.stem, task.name) for task in tasks):
            raise tools.ToolError(f"no proof {name} in {proofs.FOLDER}; known: "
                                  f"{', '.join(sorted({task.file.stem for task in tasks}))}")
    return [task for task in tasks if (not names or {task.file.stem, task.name} & set(names))
            and (not quick or "quick" in task.tags)]


def row(result):
    return f"{result.task.name:24}{result.task.engine:10}{result.count:>11}  {result.verdict}\n"


HEAD = f"{'proof':24}{'engine':10}{'properties':>11}  result\n"


def table(results):
    """A block a file: what is proved at which parameters, then its tasks."""
    text = HEAD
    for file in dict.fromkeys(result.task.file for result in results):
        mine = [result for result in results if result.task.file == file]
        text += "\n" + "".join(f"{line}\n" for line in mine[0].task.title)
        text += "".join(row(result) for result in mine)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--search", type=int, metavar="N")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--check", nargs="?", const=str(PAGE), metavar="PAGE")
    options = parser.parse_args()
    if options.docs and (options.names or options.quick or options.check or options.search is not None):
        raise tools.ToolError("--docs writes the table of all proofs: no names, --quick, --search or --check with it")
    if options.search is not None and options.search < 1:
        raise tools.ToolError("--search needs a number of cycles, at least 1")
    tasks = chosen(options.names, options.quick or options.check is not None)
    if options.search is not None:
        tasks = [dataclasses.replace(task, name=f"{task.name}:search", mode="bmc", engine="bmc3", depth=options.search)
                 for task in tasks if task.mode == "prove"]
    results = []
    for task in tasks:
        tools.progress(task.name)
        result = proofs.run(task)
        tools.progress("")
        print(f"{row(result)[:-1]}  ({result.seconds:.0f} s)", flush=True)
        for line in result.details:
            print(f"    {line}", flush=True)
        results.append(result)
    print(f"{len(results)} tasks, {sum(r.count for r in results)} properties, "
          f"{sum(not r.ok for r in results)} not as expected, {sum(r.seconds for r in results):.0f} s")
    if options.docs:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(BLOCK.sub(lambda found: found[1] + table(results) + found[3], page), encoding="utf-8")
    if options.check is not None:
        shown = BLOCK.search(Path(options.check).read_text(encoding="utf-8"))
        if not shown:
            raise tools.ToolError(f"{options.check}: no place for the table of proofs")
        missing = [row(result) for result in results if row(result) not in shown[2].splitlines(True)]
        if missing:
            raise tools.CheckError(f"{options.check} has no line\n{''.join(missing)}")
    return int(any(not result.ok for result in results))


if __name__ == "__main__":
    tools.main(main)
