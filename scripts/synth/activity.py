"""How often each net of a mapped netlist switches, from a waveform of the RTL.

The waveform gives flops, memories and inputs, cycle by cycle; the logic between them is computed, all cycles at once:
a net's values are one integer with a bit a cycle. Every flop is checked: what the netlist computes for it must be what
the RTL has in it a cycle later.
"""
import re
from array import array

import liberty
import tools

NAME = re.compile(r"\\(\S+) |([A-Za-z_$][\w$]*)|\d+'[bh]([01x]+)")
INSTANCE = re.compile(r"^  (\S+) (\\\S+ |\S+) ?\(\n(.*?)^  \);", re.M | re.S)
PIN = re.compile(r"^    \.(\\\S+ |\w+)\((.*?)\),?$", re.M)
ASSIGN = re.compile(r"^  assign (.*?) = (.*?);$", re.M)
ONE = 1   # nets 0 and 1 are the constants


def is_memory(kind):
    return kind.startswith("sram_")


class Module:
    """A module of mapped.v, whose nets are bits: instances as (kind, name, {pin: nets, the lowest first})."""

    def __init__(self, text):
        self.names = ["0", "1"]
        self.index = {}
        body = text[text.index(");\n"):]
        self.instances = [(m[1], m[2].strip().lstrip("\\"),
                           {p[1].strip().lstrip("\\"): self.nets(p[2]) for p in PIN.finditer(m[3])})
                          for m in INSTANCE.finditer(body)]
        self.assigns = [(self.nets(m[1])[0], self.nets(m[2])[0]) for m in ASSIGN.finditer(body)]

    def nets(self, text):
        found = []
        for escaped, plain, constant in NAME.findall(text):
            if constant:
                found += [int(bit == "1") for bit in constant]
                continue
            name = escaped or plain
            net = self.index.get(name)
            if net is None:
                net = self.index[name] = len(self.names)
                self.names.append(name)
            found.append(net)
        return found[::-1]


def read_netlist(path):
    """name -> Module."""
    text = path.read_text(encoding="utf-8")
    return {m[1]: Module(m[2]) for m in re.finditer(r"^module (\w+)(.*?)^endmodule", text, re.M | re.S)}


class Flat:
    """A netlist without hierarchy. A cell is (unit, kind, {pin: nets}, whether it belongs to a clock gate)."""

    def __init__(self, modules, top):
        self.modules = modules
        self.parent = array("l", [0, 1])   # net -> a net that is the same, or itself
        self.parts = []                    # (prefix of names, module, its first net)
        self.cells = []
        self.memories = []                 # (where it is, its cell)
        self.top = self._flatten(top, "", "hub", {})

    def find(self, net):
        parent = self.parent
        while parent[net] != net:
            parent[net] = parent[parent[net]]
            net = parent[net]
        return net

    def _join(self, one, other):
        one, other = sorted((self.find(one), self.find(other)))
        self.parent[other] = one

    def _flatten(self, name, prefix, unit, outer):
        module = self.modules[name]
        first = len(self.parent) - 2
        self.parent.extend(range(first + 2, first + len(module.names)))
        self.parts.append((prefix, module, first))

        def here(nets):
            return [net if net <= ONE else first + net for net in nets]

        for port, net in outer.items():
            if port in module.index:
                self._join(first + module.index[port], net)
        for left, right in module.assigns:
            self._join(*here((left, right)))
        for kind, instance, pins in module.instances:
            nets = {pin: here(local) for pin, local in pins.items()}
            if kind in self.modules:
                self._flatten(kind, f"{prefix}{instance}.", kind if kind in tools.UNITS else unit,
                              {pin: bits[0] for pin, bits in nets.items()})
            else:
                if is_memory(kind):
                    self.memories.append((prefix + instance, len(self.cells)))
                self.cells.append((unit, kind, nets, name == "clock_gate"))
        return {port: first + net for port, net in module.index.items()}

    def settle(self):
        """From here on every net has one number."""
        for _, _, nets, _ in self.cells:
            for pin, bits in nets.items():
                nets[pin] = [self.find(net) for net in bits]

    def names_of(self, wanted):
        """net -> all its names, of the nets in `wanted`."""
        found = {net: [] for net in wanted}
        for prefix, module, first in self.parts:
            for local, name in enumerate(module.names[2:], 2):
                net = self.find(first + local)
                if net in found:
                    found[net].append(prefix + name)
        return found


class Expression(str):
    """A Liberty function as Python: liberty.evaluate() calculates with these as it does with bits."""

    def __rsub__(self, one):
        return Expression(f"(ones ^ {self})")

    def __and__(self, other):
        return Expression(f"({self} & {other})")

    def __or__(self, other):
        return Expression(f"({self} | {other})")

    def __xor__(self, other):
        return Expression(f"({self} ^ {other})")


def compiled(cell, output):
    """Function of (ones, values of the cell's inputs) -> value of an output."""
    pins = {pin: Expression(f"i{n}") for n, pin in enumerate(cell.inputs)}
    text = liberty.evaluate(cell.outputs[output], pins)
    return eval(f"lambda ones, {', '.join(pins.values())}: {text}")   # pylint: disable=eval-used


class Activity:
    """Values of all nets of a netlist over the cycles of a waveform."""

    def __init__(self, netlist, cells, wave, signals, also=()):
        """`also` are signals to read that the netlist does not need."""
        self.netlist, self.library, self.wave, self.signals = netlist, cells, wave, signals
        netlist.settle()
        self.clock = netlist.find(netlist.top["clk_i"])
        self._read_sources(set(also))
        self._compute()
        self._check()

    def _read_sources(self, also):
        """Flops, memories and inputs, by one of their names."""
        driven, sources = set(), set()
        for _, kind, nets, _ in self.netlist.cells:
            outputs = ("rdata_o",) if is_memory(kind) else self.library[kind].outputs
            bits = [net for pin in outputs for net in nets.get(pin, ())]
            driven.update(bits)
            if is_memory(kind) or self.library[kind].is_flop:
                sources.update(bits)
        used = {net for _, _, nets, _ in self.netlist.cells for bits in nets.values() for net in bits}
        sources |= used - driven - {0, ONE, self.clock}
        place, lost = {}, []
        for net, names in self.netlist.names_of(sources).items():
            found = next((bit for bit in map(self.signals.of, names) if bit), None)
            if found:
                place[net] = found
            else:
                lost.append(names)
        if lost:
            raise tools.CheckError(f"{len(lost)} flops or inputs are not in {self.wave.file}, for example {lost[0][0]}")
        self.wave.read({signal for signal, _ in place.values()} | also)
        self.ones = (1 << self.wave.cycles) - 1
        self.values = {0: 0, ONE: self.ones, self.clock: self.ones}
        for net, (signal, bit) in place.items():
            self.values[net] = self.wave.of(signal)[bit]

    def _compute(self):
        """The logic, in an order in which a cell's inputs come first. The clock counts as high."""
        functions, readers, waiting = {}, {}, []
        for index, (_, kind, nets, _) in enumerate(self.netlist.cells):
            if is_memory(kind) or self.library[kind].is_flop:
                waiting.append(0)
                continue
            cell = self.library[kind]
            for output in cell.outputs:
                if (kind, output) not in functions:
                    functions[kind, output] = compiled(cell, output)
            inputs = {net for net in (nets[pin][0] for pin in cell.inputs) if net not in self.values}
            waiting.append(len(inputs))
            for net in inputs:
                readers.setdefault(net, []).append(index)
        ready = [i for i, (_, kind, _, _) in enumerate(self.netlist.cells)
                 if not waiting[i] and not is_memory(kind) and not self.library[kind].is_flop]
        while ready:
            _, kind, nets, _ = self.netlist.cells[ready.pop()]
            cell = self.library[kind]
            inputs = [self.values[nets[pin][0]] for pin in cell.inputs]
            for output in cell.outputs:
                if output not in nets:
                    continue
                net = nets[output][0]
                self.values[net] = functions[kind, output](self.ones, *inputs)
                for reader in readers.pop(net, ()):
                    waiting[reader] -= 1
                    if not waiting[reader]:
                        ready.append(reader)
        if readers:
            raise tools.CheckError(f"{len(readers)} nets have no value: a loop, or no driver")

    def _check(self):
        """Each flop's next value against the waveform."""
        wrong, later = [], self.ones >> 1
        for _, kind, nets, gate in self.netlist.cells:
            if is_memory(kind) or gate or not self.library[kind].is_flop:
                continue
            on, data, state = (self.values[nets[pin][0]] for pin in ("CLK", "D", "Q"))
            if ((data & on | state & ~on) ^ state >> 1) & later:
                wrong.append(nets["Q"][0])
        if wrong:
            name = self.netlist.names_of(wrong[:1])[wrong[0]][0]
            raise tools.CheckError(f"{len(wrong)} flops do not do what the waveform shows, for example {name}")
