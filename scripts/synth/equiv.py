#!/usr/bin/env python3
"""Proves that the mapped netlist of each unit does what its RTL does, with abc as far as it gets.

    scripts/synth/equiv.py [UNIT ...] [--config NAME] [--swap] [--docs]

Two netlists of gates are made of one reading of the RTL (slang, `proc`): one plain (arrays, adders and multipliers
as techmap makes them, nothing optimised), one through everything that synth.py does, with the library's cells
replaced by their functions. Flops are matched by the names of the nets that they drive; then abc proves that with
equal flops, memories and inputs both give every flop the same next value, every memory the same inputs and the
outputs the same values, and this script compares how flops are reset. As both start in the same state, that
is equality for ever. Flops that keep their reset value, or always equal another flop, may be missing; what the RTL
leaves open (x) may be anything. Before the proof both are compared in random states; where abc takes too long, that is
all that is known.

Not covered: slang's reading of the RTL itself (gates.py and the unit tests on gates run against Verilator's), and
memories, which are the same black boxes on both sides. --swap turns one NAND of each unit into a NOR first: then the
proof must fail, and this script exits 0 if it does. --docs writes the table into docs/synthesis.md.
Exit status: 0 equal, as far as is known; 1 not equal; 2 no tool.
"""
import argparse
import os
import random
import resource
import subprocess

import flow
import gates
import liberty
import mapping
import netlist as nl
import page
import tools

BATCH = 256                    # sinks that abc is given at once
LEAST = 32                     # what is too hard is halved down to so many
LIMIT_S = 10                   # of a processor, for each
PATTERNS = 512                 # random states at a time
BIASES = (1, 2, 3, 5, 8, 11)   # of which one bit in 2, 4, 8 ... is set: wide conditions hold in some of them
HEAD = (f"{'':12}{'':>9}{'':>9}{'':>7}{'flops left out:':>18}{'':>8}{'sinks':>9}{'only':>11}\n{'unit':12}"
        f"{'sources':>9}{'sinks':>9}{'open':>7}{'constant, twin':>18}{'unused':>8}{'proved':>9}{'simulated':>11}")

PLAIN = """
read_rtlil {work}/merged.il
hierarchy -check -top hub
proc
opt_expr -keepdc
opt_dff -nodffe -nosdff -keepdc
opt_clean
memory -nordff -nomap
memory_map
opt_clean
techmap
simplemap
setundef -undriven -undef
dffunmap
opt_clean
write_blif -icells -cname {work}/plain.blif
"""

CELLS = """
read_rtlil {netlist}
setattr -mod -set keep_hierarchy 1 *
delete =A:liberty_cell
read_liberty -ignore_miss_func -overwrite {work}/../cells.lib
hierarchy -top hub
proc
flatten
opt_clean
techmap
simplemap
opt_expr
opt_dff -nodffe -nosdff
opt_expr
opt_clean
write_blif -icells -cname {output}
"""


def blif_of(work, script, output, name):
    """Runs a Yosys script that leaves `output`, unless it is newer than the netlist."""
    newest = max((work / f).stat().st_mtime for f in ("merged.il", "mapped.il"))
    file = output.with_suffix(".ys")
    if output.exists() and output.stat().st_mtime > newest and file.read_text(encoding="utf-8") == script:
        return
    file.write_text(script, encoding="utf-8")
    tools.run([tools.slang_yosys(), "-Q", "-T", "-s", file], output.with_suffix(".log"), name)


def aliases(netlist):
    """net that is a source -> all names that it has, as a wire or as logic that comes to no more than that."""
    found = {net: {name} for net, name in netlist.sources.items()}
    source = {netlist.literals[net]: net for net, name in netlist.sources.items() if name not in netlist.constants}
    for prefix, model, outer in netlist.parts:
        for local, net in zip(model.nets, outer):
            while netlist.driver[net] and netlist.driver[net][0] == "buf":
                net = netlist.driver[net][1][0]
            same = net if net in found else source.get(netlist.literals[net])
            if same is not None and not nl.GENERATED.match(local):
                found[same].add(prefix + local)
    return found


def match(plain, mapped):
    """(pairs of source nets, names of mapped sources without partner, names of plain ones without)."""
    by_name = {}
    for net, names in aliases(plain).items():
        for name in names:
            by_name.setdefault(name, net)
    pairs, lost, taken = [], [], set()
    for net, names in aliases(mapped).items():
        partner = next((by_name[n] for n in sorted(names) if n in by_name), None)
        if partner is None or partner in taken:
            lost.append(mapped.sources[net])
        else:
            taken.add(partner)
            pairs.append((partner, net))
    return pairs, lost, [name for net, name in plain.sources.items() if net not in taken]


def constant_flops(models, unit):
    """(netlist in which they are constants, their names and values): flops that keep their reset value for ever.

    All with a reset are assumed to keep it, and those that would not are freed, until the rest holds by induction.
    """
    known = {}
    netlist = nl.Netlist(models, unit)
    for net in netlist.flop_sinks:
        values = [what for _, what in netlist.controls[net] if what != "clock"]
        if values:
            known[netlist.sources[net]] = int(values[0])
    while True:
        netlist = nl.Netlist(models, unit, known)
        moving = [netlist.sources[net] for net, sink in netlist.flop_sinks.items()
                  if known.get(netlist.sources[net], sink.literal) != sink.literal]
        if not moving:
            return netlist, known
        for name in moving:
            del known[name]


def without_twins(models, unit, netlist, known, gone):
    """The same, with those of the `gone` flops that do what another flop does taken for that flop."""
    known = dict(known)
    while True:
        first, found = {}, {}
        flops = sorted(netlist.flop_sinks.items(), key=lambda item: netlist.sources[item[0]] in gone)   # the kept first
        for net, sink in flops:
            name = netlist.sources[net]
            twin = first.setdefault((sink.literal, netlist.controls[net]), name)
            if twin != name and name in gone and name not in known:
                found[name] = twin
        if not found:
            return netlist, known
        known.update(found)
        netlist = nl.Netlist(models, unit, known)


def with_proved_constants(models, unit, netlist, known, gone, work):
    """The same, with those of the `gone` flops taken for constants that abc proves to keep their reset value.

    One without a reset is a constant from the first edge on when it is given one.
    """
    trial = {}
    for net, sink in netlist.flop_sinks.items():
        name = netlist.sources[net]
        if name not in gone or name in known:
            continue
        values = [what for _, what in netlist.controls[net] if what != "clock"]
        if values:
            trial[name] = int(values[0])
        elif sink.literal < 2:
            trial[name] = sink.literal
    while trial:
        found = nl.Netlist(models, unit, {**known, **trial})
        sinks = {found.sources[net]: sink for net, sink in found.flop_sinks.items() if found.sources[net] in trial}
        moving = {name for nodes in simulated(found) for name, sink in sinks.items()
                  if nodes[sink.literal >> 1] != ones_if(trial[name] ^ sink.literal & 1)}
        if not moving:
            left, right = work / "rtl.aig", work / "gates.aig"
            fixed = [nl.Sink(name, 0) for name in sinks]
            for sink in fixed:
                sink.literal = trial[sink.name]
            found.write_cone(list(sinks.values()), left, found.inputs)
            found.write_cone(fixed, right, found.inputs)
            if equal_by_abc(left, right):
                return found, {**known, **trial}
            return netlist, known
        trial = {name: value for name, value in trial.items() if name not in moving}
    return netlist, known


def ones_if(bit):
    return (1 << PATTERNS) - 1 if bit else 0


def simulated(graph):
    """Values of the nodes in random states, PATTERNS at a time."""
    random.seed(0)
    ones = ones_if(1)
    for bias in BIASES:
        nodes = [0] + [patterns(bias) for _ in graph.inputs]
        for a, b in graph.ands:
            nodes.append((nodes[a >> 1] ^ (ones if a & 1 else 0)) & (nodes[b >> 1] ^ (ones if b & 1 else 0)))
        yield nodes


def equal_by_abc(left, right):
    """What abc says of two AIGER files; None when it needs more than LIMIT_S of a processor, or gives up."""
    done = subprocess.run([tools.abc(), "-q", f"&cec {left} {right}"], capture_output=True, text=True, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S)))
    if "are equivalent" in done.stdout:
        return True
    return False if "NOT EQUIVALENT" in done.stdout else None   # not decided


def patterns(bias):
    """PATTERNS random bits of which one in 2 to the power of `bias` is set."""
    bits = random.getrandbits(PATTERNS)
    for _ in range(bias - 1):
        bits &= random.getrandbits(PATTERNS)
    return bits


class Both:
    """RTL and netlist as one graph over the same sources.

    Of a value in the RTL there are two literals: whether it may be 1, and whether it may be 0; both where an x decides,
    and either may be in the netlist then. Every use of an x may come out otherwise, as an optimisation chooses for each.
    `left` has the netlist's value where the RTL's is open, the RTL's elsewhere; `right` the netlist's.
    """
    write_cone = nl.Netlist.write_cone

    def __init__(self, plain, mapped, pairs, sinks):
        partner = dict(pairs)
        self.inputs = [a for a, _ in pairs] + [net for net in plain.inputs if net not in partner and net not in plain.open]
        self.ands, self._known = [], {}
        place = {net: (2 * n, 2 * n + 1) for n, net in enumerate(self.inputs, 1)}
        ternary = self._ternary(plain, [place.get(net, (1, 1)) for net in plain.inputs])
        outer = {b: place[a][0] for a, b in pairs}
        binary = self._copy(mapped, [outer[net] for net in mapped.inputs])
        self.left, self.right, self.open = [], [], 0
        for rtl, gates in sinks:
            one, zero = ternary[rtl.literal >> 1][::-1 if rtl.literal & 1 else 1]
            value = binary[gates.literal >> 1] ^ gates.literal & 1
            self.open += one != zero ^ 1
            self._sink(self.left, rtl.name, self._or(self._and(one, value), zero ^ 1))
            self._sink(self.right, rtl.name, value)

    @staticmethod
    def _sink(side, name, literal):
        side.append(nl.Sink(name, 0))
        side[-1].literal = literal

    def _and(self, a, b):
        a, b = min(a, b), max(a, b)
        if a == 0 or a ^ 1 == b:
            return 0
        if a == 1 or a == b:
            return b
        if (a, b) not in self._known:
            self.ands.append((a, b))
            self._known[a, b] = 2 * (len(self.inputs) + len(self.ands))
        return self._known[a, b]

    def _or(self, a, b):
        return self._and(a ^ 1, b ^ 1) ^ 1

    def _copy(self, netlist, inputs):
        """Literal of each of its nodes here."""
        literals = [0, *inputs]
        for a, b in netlist.ands:
            literals.append(self._and(literals[a >> 1] ^ a & 1, literals[b >> 1] ^ b & 1))
        return literals

    def _ternary(self, netlist, inputs):
        """The same in three values: literals of "may be 1" and "may be 0"."""
        pairs = [(0, 1), *inputs]
        for a, b in netlist.ands:
            (one_a, zero_a), (one_b, zero_b) = (pairs[x >> 1][::-1 if x & 1 else 1] for x in (a, b))
            pairs.append((self._and(one_a, one_b), self._or(zero_a, zero_b)))
        return pairs

    def differences(self):
        """Indices of sinks that get different values in some random state."""
        found = set()
        for nodes in simulated(self):
            for index, (left, right) in enumerate(zip(self.left, self.right)):
                inverted = ones_if((left.literal ^ right.literal) & 1)
                if nodes[left.literal >> 1] ^ nodes[right.literal >> 1] != inverted:
                    found.add(index)
        return sorted(found)

    def proved(self, work, first, size):
        """Whether abc proves `size` sinks from `first` on; None when it takes too long."""
        files = [work / f"{side}.aig" for side in ("rtl", "gates")]
        for sinks, file in zip((self.left, self.right), files):
            self.write_cone(sinks[first:first + size], file, self.inputs)
        return equal_by_abc(*files)


def prove(unit, plain_models, mapped_models, work):
    """(row of the table, whether both are equal as far as is known)."""
    mapped, _ = constant_flops(mapped_models, unit)
    plain, constants = constant_flops(plain_models, unit)
    plain, constants = without_twins(plain_models, unit, plain, constants, set(match(plain, mapped)[2]))
    pairs, _, gone = match(plain, mapped)
    gone += [plain.sources[a] for a, b in pairs if mapped.sources[b] in mapped.constants]
    plain, constants = with_proved_constants(plain_models, unit, plain, constants, set(gone), work)
    pairs, lost, gone = match(plain, mapped)
    gone = [name for name in gone if name not in constants]
    if lost:
        return f"{unit:12}{len(lost)} flops without partner in the RTL, e.g. {lost[0]}", False
    for a, b in pairs:
        if a in plain.flop_sinks and plain.clock_and_reset(a) != mapped.clock_and_reset(b):
            return f"{unit:12}{plain.sources[a]} is clocked or reset otherwise", False
    plain = nl.Netlist(plain_models, unit, constants, open_x=True)
    sinks = [(plain.flop_sinks[a], mapped.flop_sinks[b]) for a, b in pairs if a in plain.flop_sinks]
    of_rtl = other_sinks(plain)
    sinks += [(of_rtl[name], sink) for name, sink in other_sinks(mapped).items()]
    both = Both(plain, mapped, pairs, sinks)
    row = f"{unit:12}{len(pairs):>9}{len(sinks):>9}{both.open:>7}{len(constants):>18}{len(gone):>8}"
    differ = both.differences()
    if differ:
        return f"{row}  {len(differ)} differ, e.g. {both.left[differ[0]].name}", False
    equal = left = 0
    batches = [(first, BATCH) for first in range(0, len(sinks), BATCH)][::-1]
    while batches:
        first, size = batches.pop()
        tools.progress(f"{unit}: {first} of {len(sinks)} sinks")
        verdict, count = both.proved(work, first, size), len(both.left[first:first + size])
        if verdict is False:
            return f"{row}  abc found a difference in {both.left[first].name} or the {count - 1} after it", False
        if verdict is None and size > LEAST:
            batches += [(first + size // 2, size // 2), (first, size // 2)]
        else:
            equal, left = equal + count * bool(verdict), left + count * (verdict is None)
    tools.progress("")
    return f"{row}{equal:>9}{left:>11}", True


def other_sinks(netlist):
    """Name -> sink, of outputs and memories."""
    flops = {id(sink) for sink in netlist.flop_sinks.values()}
    return {sink.name: sink for sink in netlist.sinks if id(sink) not in flops}


def main():
    nl.Netlist.fold_muxes = True   # so that logic that is no more than a flop is known for it
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("units", nargs="*", default=tools.UNITS)
    parser.add_argument("--config", default="small")
    parser.add_argument("--swap", action="store_true")
    parser.add_argument("--docs", action="store_true")
    arguments = parser.parse_args()
    name = arguments.config
    work = flow.to_gates("hub", tools.parameters_of("hub", name), f"hub-{name}")
    cells = mapping.map_cells(work, "hub", liberty.files(os.environ.get("LIBERTY")), name)
    blif_of(work, PLAIN.format(work=work), work / "plain.blif", f"{name}: plain gates")
    if not arguments.swap:
        blif_of(work, CELLS.format(netlist=work / "mapped.il", work=work, output=work / "cells.blif"),
                work / "cells.blif", f"{name}: cells to functions")
    plain_models = nl.read_models(work / "plain.blif")
    failed, text = [], f"{name}\n{HEAD}\n"
    print(text, end="")
    for unit in arguments.units:
        models = work / "cells.blif"
        if arguments.swap:
            gates.with_swap(work / "mapped.il", cells, unit, work / "swapped.il", kind="NOR")
            models = work / f"swapped-{unit}.blif"
            blif_of(work, CELLS.format(netlist=work / "swapped.il", work=work, output=models), models,
                    f"{name}: {unit} with a wrong gate")
        row, equal = prove(unit, plain_models, nl.read_models(models), work)
        print(row, flush=True)
        text += row + "\n"
        if equal == arguments.swap:
            failed.append(f"{unit}: a swapped gate was not noticed" if equal else f"{unit}: not equal to its RTL")
    if arguments.docs and not arguments.swap and name == "small":
        page.update("equiv", text)
    if failed:
        raise tools.CheckError("; ".join(failed))
    return 0


if __name__ == "__main__":
    tools.main(main)
