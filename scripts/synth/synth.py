#!/usr/bin/env python3
"""Synthesis of the hub and its units: checks, cells, area, timing, depth. `make synth`, `make synth-check`.

    scripts/synth/synth.py [PART ...] [--docs]
    scripts/synth/synth.py [CONFIG ...] --set NAME=VALUE ...
    scripts/synth/synth.py --check [--page FILE]

PART is a configuration (rtl/configurations.txt), `sweep` or `fpga`; small, paper, sweep and fpga without. The first form
prints their tables, and writes them into the page with --docs; the second takes configurations with other parameters;
the third makes what is quick to make and compares it with the page.

Everything that was made lies under $BUILD/synth: a folder for each top and set of parameters, with netlists (mapped.v),
logs, worst paths (sta.log) and result.json. It is used again while nothing has changed that it was made from.

Exit status: 0; 1 when the design fails a check (checks.py), or the page differs; 2 when a tool is missing or stops;
77 when --check has other tools than those that the page was made with, so that nothing can be compared.
Environment: BUILD (build), LIBERTY (standard cells; Debian's OSU018 without).
"""
import argparse
import json
import os
import pathlib
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import checks
import depth
import flow
import fpga
import liberty
import mapping
import netlist as nl
import page
import place
import timing
import tools

CONFIGS = ("small", "paper")   # of those in rtl/configurations.txt, the ones that are made unless others are named
PARTS = CONFIGS + ("sweep", "fpga")
QUICK = ("small",)   # what --check makes

# The sweep: points around the small configuration, and the tops whose size depends on what is changed.
SWEEP = (("LANES=2", ("hub",)), ("LANES=4 RAT_BANKS=4 ENTRIES=8", ("hub",)),
         ("PEERS=4", ("dest_queue",)), ("PEERS=8", ("dest_queue",)),
         ("ENTRIES=8", ("dest_queue",)), ("ENTRIES=16", ("dest_queue",)),
         ("RAT_BANKS=4", ("addr_alloc",)), ("RAT_BANKS=8", ("addr_alloc",)),
         ("RAT_WAYS=4", ("addr_alloc",)), ("RAT_WAYS=8", ("addr_alloc",)))


def processor_seconds():
    """Of this process and of those that it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def synthesise(name, config, changes=(), top="hub"):
    """Everything that is measured of one top in one set of parameters, as a dictionary."""
    started, used = time.time(), processor_seconds()
    units = tools.UNITS + ("hub",) if top == "hub" else (top,)
    parameters = tools.parameters_of(top, config, changes)
    libraries = liberty.files(os.environ.get("LIBERTY"))
    work = flow.to_gates(top, parameters, f"{top}-{name}")
    checked = checks.run(work, name)
    cells = mapping.map_cells(work, top, libraries, name)
    costs = mapping.costs(work, top, cells, libraries[0])
    fo4, paths = timing.worst_paths(work, units, libraries, mapping.sram_shapes(work), cells, name)
    result = {"name": name, "parameters": parameters, "checks": checked, "fo4_ns": round(fo4, 4), "units": {},
              "blocks": {}}
    deepest = Deepest(work, name)
    for unit in units:
        cost, path = costs[unit][0], paths.get(unit)
        entry = {"cells": cost.cells, "flops": cost.flops, "sram_bits": cost.sram_bits, "srams": cost.srams,
                 "area_um2": round(cost.area), "gates": round(cost.gates),
                 "flop_gates": round(cost.flop_area / cost.area * cost.gates) if cost.area else 0}
        if path:
            entry.update(fmax_mhz=round(path.fmax_mhz, 1), path_cells=path.cells, path_from=path.start,
                         path_to=path.end)
        if unit != "hub":
            entry.update(deepest.of(unit))
        result["units"][unit] = entry
    for module, (cost, own, times) in costs.items():
        result["blocks"][module] = {"instances": times, "gates": round(cost.gates), "own_gates": round(own.gates),
                                    "flops": cost.flops, "sram_bits": cost.sram_bits}
    result["memories"] = mapping.memory_contents(work, top)
    result["seconds"], result["processor_seconds"] = round(time.time() - started, 1), round(processor_seconds() - used, 1)
    (work / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result


class Deepest:
    """Depth of the units in a folder of flow.to_gates(), and their deepest paths by name."""

    def __init__(self, work, name):
        self.work, self.name, self.models = work, name, None

    def of(self, unit):
        stamp = self.work / f"depth-{unit}.json"
        if stamp.exists() and stamp.stat().st_mtime > (self.work / "gates.blif").stat().st_mtime:
            return json.loads(stamp.read_text(encoding="utf-8"))
        tools.progress(f"{self.name}: {unit}, reading gates")
        self.models = self.models or nl.read_models(self.work / "gates.blif")
        try:
            netlist = nl.Netlist(self.models, unit)
        except nl.NetlistError as error:
            raise tools.CheckError(f"{self.name}: {unit}: {error}") from error
        paths = depth.analyse(netlist, self.work, f"{self.name}, {unit}", per_class=1, floor=12, wanted=1)
        found = {"depth": 0}
        if paths:
            levels, start, sink = paths[0]
            found = {"depth": levels, "deep_from": depth.source_name(netlist, start), "deep_to": sink.name}
        stamp.write_text(json.dumps(found), encoding="utf-8")
        return found


def sweep_jobs():
    """(label, changes, top) of each point."""
    for label, tops in SWEEP:
        for top in tops:
            yield label, label.split(), top


def sweep_points(small, results):
    """Rows of the sweep's table: the small configuration's units, then each point's."""
    points = [("small", unit, small["units"][unit]) for unit in tools.UNITS]
    for (label, _, _), result in zip(sweep_jobs(), results):
        points += [(label, unit, entry) for unit, entry in result["units"].items() if unit != "hub"]
    return points


def tables(parts):
    """name -> text of the tables of these parts of the page; two points are made at a time, the longest first."""
    names = [part for part in parts if part not in ("sweep", "fpga")]
    if "sweep" in parts and "small" not in names:
        names.append("small")
    made = {"tools": page.versions()}
    with ProcessPoolExecutor(min(2, os.cpu_count())) as pool:
        try:
            placed = pool.submit(place.place, "small") if "fpga" in parts else None
            large = {name: pool.submit(synthesise, name, name) for name in reversed(names) if name not in QUICK}
            points = [pool.submit(synthesise, "-".join(["small", *changes]), "small", changes, top)
                      for _, changes, top in sweep_jobs()] if "sweep" in parts else []
            quick = {name: pool.submit(synthesise, name, name) for name in names if name in QUICK}
            configs = {name: (large | quick)[name].result() for name in names}
            points = [point.result() for point in points]
            placed = placed and placed.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)   # what has not begun
            raise
    for name in names:
        made[name] = page.units(configs[name])
    if "paper" in names:
        made["blocks"] = page.largest(configs["paper"])
        made["estimate"] = page.estimate_7nm(configs["paper"])
    if points:
        made["sweep"] = page.sweep(sweep_points(configs["small"], points))
    if placed:
        made["fpga"] = fpga.table("small", fpga.resources(fpga.netlist("small")))
        made["place"] = place.table("small", placed)
    return made


def check(file):
    """Compares the tables that are quick to make with the page's."""
    other = page.difference("tools", page.versions(), file)
    if other or os.environ.get("LIBERTY"):
        print(f"not compared: {file} was made with other tools than those here")
        sys.stdout.writelines(other)
        return 77
    status = 0
    for name, text in tables(QUICK).items():
        lines = page.difference(name, text, file)
        if lines:
            status = 1
            sys.stdout.writelines(lines)
    print("The page is brought up to date by: make synth DOCS=1" if status else f"{file}: up to date")
    return status


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--page", type=pathlib.Path, default=page.PAGE, help="what --check compares with")
    arguments = parser.parse_args()
    if arguments.check:
        return check(arguments.page)
    if arguments.docs and (os.environ.get("LIBERTY") or arguments.set):
        raise tools.ToolError(f"{page.PAGE} shows the figures of Debian's OSU018 and the parameters as they are")
    if arguments.set:
        for config in arguments.parts or CONFIGS:
            print(page.units(synthesise("-".join([config, *arguments.set]), config, arguments.set)), flush=True)
        return 0
    started = time.time()
    for name, text in tables(arguments.parts or PARTS).items():
        print(f"{name}\n{text}")
        if arguments.docs:
            page.update(name, text)
    print(f"{time.time() - started:.0f} s, {processor_seconds():.0f} s of a processor; netlists and logs: {tools.WORK}/")
    return 0


if __name__ == "__main__":
    tools.main(main)
