#!/usr/bin/env python3
"""Logic depth of one unit, or of the hub, in a named configuration, and its worst paths by name.

    scripts/synth/depth.py UNIT [CONFIG] [--set NAME=VALUE ...] [--paths N] [--explain N]
                           [--per-class N] [--floor N] [--worst N]

UNIT is dest_queue, addr_alloc, flow_sched, hub_regs, hub, or any other module with its own defaults
(`--set` then takes that module's parameters). CONFIG is a name in rtl/configurations.txt (paper).

How depth is counted. Levels of two-input gates (AND, OR, NAND, NOR, XOR, XNOR, also with one input
inverted); each counts 1, an inverter 0. A multiplexer is not a gate: it is made from two-input gates, so
it counts 2, or less where `abc` finds better. A path goes from a flop, an output of an SRAM (sram_1r1w, a
black box) or an input pin to a flop's D, an SRAM's input or an output pin. Flops have no enable: holding a
value is a multiplexer in front of D, and is counted. Reset is not counted.

Adders are Sklansky trees, sums of many numbers are trees of full adders, other logic is as written; then `abc`
restructures the cone of each sink by itself for depth. So the depth is what a tool can reach when it may
double logic for speed; it is not the depth of one netlist that is also small.

To be fast, `abc` gets only sinks that can matter: of each class of sinks (names without indices) `--per-class`
(1) of those that are deepest before `abc`, and none that is not deeper than `--floor` (20) even then. Other
copies of a block are alike. `--worst N` looks for the N deepest only and is several times as fast.

The waypoints of a path are the named signals on the longest way between its two ends before `abc`, with the
count of gates up to there; `abc` may have turned that way into a shorter one.
Needs a Yosys with slang and abc (scripts/deps.sh --synth). Work files: $BUILD/synth/depth-*; they are used
again while the RTL has not changed.
"""
import argparse
import time

import flow
import netlist as nl
import tools


def analyse(netlist, work, name, per_class=1, floor=20, wanted=None):
    """Paths (levels, source net, sink), deepest first; only the `wanted` deepest if that is given."""
    sinks = nl.candidates(netlist, per_class, floor) or nl.candidates(netlist, per_class, 0)
    paths = nl.mapped_depths(tools.abc(), netlist, sinks, work, wanted,
                             lambda done: tools.progress(f"{name}: abc, {done} of {len(sinks)} sinks"))
    tools.progress("")
    return paths


def source_name(netlist, net):
    return netlist.sources.get(net, "constant")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unit")
    parser.add_argument("config", nargs="?", default="paper")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--paths", type=int, default=15, help="classes of sinks to list")
    parser.add_argument("--explain", type=int, default=1, help="of how many to list waypoints")
    parser.add_argument("--per-class", type=int, default=1)
    parser.add_argument("--floor", type=int, default=20)
    parser.add_argument("--worst", type=int, help="look for so many only")
    arguments = parser.parse_args()
    started = time.time()
    if arguments.unit in tools.UNITS + ("hub",):
        parameters = tools.parameters_of(arguments.unit, arguments.config, arguments.set)
        name = f"{arguments.unit}-{arguments.config}"
    else:
        parameters = dict(s.split("=", 1) for s in arguments.set)
        tools.module_parameters(arguments.unit)
        name = arguments.unit
    work = flow.to_gates(arguments.unit, parameters, f"depth-{name}")
    tools.progress(f"{name}: reading gates")
    netlist = nl.Netlist(nl.read_models(work / "gates.blif"), arguments.unit)
    paths = analyse(netlist, work, name, arguments.per_class, arguments.floor, arguments.worst)

    values = " ".join(f"{k}={v}" for k, v in parameters.items())
    print(f"{name}: depth {paths[0][0] if paths else 0} levels of two-input gates ({values})")
    print(f"{netlist.flops} flops, {len(netlist.memories)} SRAMs, {len(netlist.sinks)} sinks; "
          f"{time.time() - started:.0f} s")
    print(f"\n{'levels':>6}  from -> to (worst of each class of sinks)")
    listed, explained = set(), []
    for levels, start, sink in paths:
        kind = nl.class_of(sink.name)
        if kind in listed:
            continue
        listed.add(kind)
        print(f"{levels:6}  {source_name(netlist, start)} -> {sink.name}")
        explained.append((levels, start, sink))
        if len(listed) == arguments.paths:
            break
    for levels, start, sink in explained[:arguments.explain]:
        print(f"\nwaypoints of {levels} levels, {source_name(netlist, start)} -> {sink.name}:")
        for gates, net in netlist.waypoints(start, sink):
            print(f"{gates:6}  {net}")
    return 0


if __name__ == "__main__":
    tools.main(main)
