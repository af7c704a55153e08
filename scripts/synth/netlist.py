"""Gates of a hierarchical netlist, flat, as an and-inverter graph; its cones, and their levels after `abc`.

Input is what `write_blif -icells -cname` writes when every module has been mapped to Yosys's gates: gates, flops
without enable, instances, and memories (sram_*), which are black boxes. Only combinational logic is kept: the
outputs of flops and memories and the module's inputs are sources, everything that a flop, a memory or the
module's outputs take is a sink. On the way the flat module is checked: a net has one driver, no loop.
"""
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

GATES = {
    "$_AND_": ("and", "A", "B"), "$_OR_": ("or", "A", "B"), "$_XOR_": ("xor", "A", "B"),
    "$_XNOR_": ("xnor", "A", "B"), "$_NAND_": ("nand", "A", "B"), "$_NOR_": ("nor", "A", "B"),
    "$_ANDNOT_": ("andnot", "A", "B"), "$_ORNOT_": ("ornot", "A", "B"), "$_MUX_": ("mux", "A", "B", "S"),
    "$_NOT_": ("not", "A"), "$_BUF_": ("buf", "A"),
}
# As an AND: are the left input, the right one and the output inverted?
PRODUCTS = {"and": (0, 0, 0), "or": (1, 1, 1), "nand": (0, 0, 1), "nor": (1, 1, 0), "andnot": (0, 1, 0),
            "ornot": (1, 0, 1)}
MEMORY_OUTPUT = "rdata_o"  # of sram_1r1w; all its other pins are inputs
CLOCK = "clk_i"

# Two-input gates of the logic depth. Inverters and buffers are free: a gate has the inverted output, or takes
# an inverted input, for the same count.
GENLIB = """GATE ZERO 0 Y=CONST0;
GATE ONE 0 Y=CONST1;
GATE BUF 0 Y=A; PIN * NONINV 1 999 0.0 0.0 0.0 0.0
GATE NOT 0.01 Y=!A; PIN * INV 1 999 0.0 0.0 0.0 0.0
GATE AND 1 Y=A*B; PIN * NONINV 1 999 1.0 0.0 1.0 0.0
GATE NAND 1 Y=!(A*B); PIN * INV 1 999 1.0 0.0 1.0 0.0
GATE OR 1 Y=A+B; PIN * NONINV 1 999 1.0 0.0 1.0 0.0
GATE NOR 1 Y=!(A+B); PIN * INV 1 999 1.0 0.0 1.0 0.0
GATE ANDNOT 1 Y=A*!B; PIN A NONINV 1 999 1.0 0.0 1.0 0.0 PIN B INV 1 999 1.0 0.0 1.0 0.0
GATE ORNOT 1 Y=A+!B; PIN A NONINV 1 999 1.0 0.0 1.0 0.0 PIN B INV 1 999 1.0 0.0 1.0 0.0
GATE XOR 2 Y=A*!B+!A*B; PIN * UNKNOWN 1 999 1.0 0.0 1.0 0.0
GATE XNOR 2 Y=A*B+!A*!B; PIN * UNKNOWN 1 999 1.0 0.0 1.0 0.0
"""
GENLIB_FILE = "gates.genlib"
GENERATED = re.compile(r"\$|_\d+_")  # names that Yosys gave
UNDEFINED = 2   # the net that is x
FREE = ("BUF", "NOT", "ZERO", "ONE")
# Restructuring for depth. The second, a few times as slow, is tried where the first leaves more than REFINE
# levels; the better of both counts. Large cones, mostly wide multiplexers, get fewer rounds of it.
QUICK = "&get -n; &synch2; &synch2; &nf; &put"
THOROUGH = "&if -g -K 6; &st; &synch2; "
REFINE = 22


def thorough(nodes):
    return "&get -n; " + (3 if nodes < 8000 else 2 if nodes < 30000 else 1) * THOROUGH + "&nf; &put"


class NetlistError(Exception):
    """The netlist is not one: nets without driver, with several, or driven by themselves."""


class Model:
    """One module of the BLIF file; nets are numbers, in the order in which they are seen."""

    def __init__(self):
        self.nets = {"$false": 0, "$true": 1, "$undef": UNDEFINED}
        self.gates, self.flops, self.cells = [], [], []   # (operation, output, inputs), (q, d, controls), ...
        self.inputs, self.outputs = [], []

    def net(self, name):
        return self.nets.setdefault(name, len(self.nets))


def flop_controls(kind):
    """(pin, level or edge that acts, "clock" or the value it gives) of a flop without enable; the clock comes first."""
    name, code = kind.strip("$_").split("_")[:2]
    active = [int(letter == "P") for letter in code if letter in "PN"]
    if name == "DFFSR":
        return [("C", active[0], "clock"), ("S", active[1], "1"), ("R", active[2], "0")]
    if name == "DFF" and len(code) == 3:
        return [("C", active[0], "clock"), ("R", active[1], code[2])]
    if name == "DFF" and len(code) == 1:
        return [("C", active[0], "clock")]
    raise NetlistError(f"{kind}: a flop that this script does not know")


def read_models(path):
    """name -> Model of every module in a BLIF file."""
    models, model, ports = {}, None, []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if not words:
                continue
            if words[0] == ".subckt":
                kind, pins = words[1], [w.split("=", 1) for w in words[2:]]
                if kind[0] != "$":
                    ports = [(pin, model.net(net)) for pin, net in pins]
                    continue
                pins = dict(pins)
                if kind in GATES:
                    operation, *names = GATES[kind]
                    model.gates.append((operation, model.net(pins["Y"]), [model.net(pins[n]) for n in names]))
                elif kind.startswith("$_DFF"):
                    controls = [(model.net(pins[p]), *rest) for p, *rest in flop_controls(kind)]
                    model.flops.append((model.net(pins["Q"]), model.net(pins["D"]), controls))
                else:
                    raise NetlistError(f"{kind}: a cell that this script does not know")
                ports = None
            elif words[0] == ".cname":
                if ports is not None:
                    model.cells.append((kind, words[1], ports))
            elif words[0] == ".names" and len(words) == 3:
                model.gates.append(("buf", model.net(words[2]), [model.net(words[1])]))
            elif words[0] == ".model":
                model = models.setdefault(words[1], Model())
            elif words[0] in (".inputs", ".outputs"):
                setattr(model, words[0][1:], [(n, model.net(n)) for n in words[1:]])
    return models


class Sink:
    """Where a path ends: its name, the net it takes, its literal in the graph.

    A flop of the falling edge (of a clock gate) leaves half a cycle: levels to it count twice.
    """
    __slots__ = ("name", "net", "literal", "weight")

    def __init__(self, name, net, weight=1):
        self.name, self.net, self.weight, self.literal = name, net, weight, 0


class Netlist:
    """Gates, sources and sinks of a module, flat. `models` come from read_models.

    `constants` are names of flops that are taken for 0 or 1, or for another flop, by its name. An x is taken for 0;
    with `open_x` every use of one is a source of its own, in `open`.
    """
    fold_muxes = False   # whether a multiplexer of two equal inputs is that input: depth.py counts it as it stands

    def __init__(self, models, top, constants=None, open_x=False):
        self.constants = constants or {}
        self.driver = [None, None, None]   # of a net: (operation, nets) or None
        self.sources = {}                  # net -> name
        self.open = set()                  # those that are an x
        self.sinks, self.memories = [], []
        self.controls, self.flop_sinks = {}, {}   # of a flop, by its net Q: (net, active level, what it does); Sink
        self.parts = []                    # (first net, prefix, local names): names of nets, when asked for
        self.errors = []
        model = models[top]
        self._place(models, model, "", {})
        self.sources.update((self.last_map[net], f"pin {name}") for name, net in model.inputs)
        self.sinks += [Sink(f"pin {name}", self.last_map[net]) for name, net in model.outputs]
        if open_x:
            self._separate_x()
        self.flops = len(self.flop_sinks)
        self.sinks += self.flop_sinks.values()
        self._build()

    def _drive(self, net, operation, inputs):
        if self.driver[net] or net < 3:
            self.errors.append(f"{self.name(net)} has several drivers")
        self.driver[net] = (operation, inputs)

    def _separate_x(self):
        """Each gate's x is a source of its own, behind all other nets; what takes an x as it is shares one."""
        self.open.add(UNDEFINED)
        self.sources[UNDEFINED] = "x"
        for net, (operation, inputs) in [(net, drive) for net, drive in enumerate(self.driver) if drive]:
            for place, used in enumerate(inputs):
                if used == UNDEFINED:
                    inputs[place] = len(self.driver)
                    self.open.add(len(self.driver))
                    self.sources[len(self.driver)] = f"x {net}"
                    self.driver.append(None)

    def _place(self, models, model, prefix, ports):
        """Copies a module; `ports` gives the outer nets of its ports."""
        local = list(model.nets.items())
        outer = [0, 1, 2] + [None] * (len(local) - 3)
        for name, number in local[3:]:
            outer[number] = ports.get(name)
            if outer[number] is None:
                outer[number] = len(self.driver)
                self.driver.append(None)
        self.parts.append((prefix, model, outer))
        for operation, output, inputs in model.gates:
            self._drive(outer[output], operation, [outer[i] for i in inputs])
        names = [name for name, _ in local]
        for q, d, controls in model.flops:
            self._source(outer[q], prefix + names[q])
            self.controls[outer[q]] = [(outer[net], active, value) for net, active, value in controls]
            falling = controls[0][1] == 0
            self.flop_sinks[outer[q]] = Sink(prefix + names[q], outer[d], 2 if falling else 1)
        for kind, name, pins in model.cells:
            if kind.startswith("sram_"):
                where = f"{prefix}{name}".removesuffix(".u_ram")
                self.memories.append((where, kind))
                for pin, net in pins:
                    if pin.startswith(MEMORY_OUTPUT):
                        self._source(outer[net], f"{where}.{pin}")
                    elif pin != CLOCK:
                        self.sinks.append(Sink(f"{where}.{pin}", outer[net]))
            elif kind in models:
                self._place(models, models[kind], f"{prefix}{name}.", {pin: outer[net] for pin, net in pins})
            else:
                self.errors.append(f"{prefix}{name}: no module {kind}")
        self.last_map = outer

    def _source(self, net, name):
        if self.driver[net] or net in self.sources:
            self.errors.append(f"{name} has several drivers")
        self.sources[net] = name

    def name(self, net):
        """A name of a net, the outermost one."""
        for prefix, model, outer in self.parts:
            if net in outer:
                local = list(model.nets)[outer.index(net)]
                return prefix + local
        return f"net {net}"

    def _build(self):
        """The and-inverter graph: node n has literal 2n, its complement 2n + 1, node 0 is false."""
        literal = self.literals = [None] * len(self.driver)   # of a net; None where no sink needs it
        literal[:3] = 0, 1, 0
        self.inputs = list(self.sources)
        for number, net in enumerate(self.inputs, 1):
            literal[net] = 2 * number
        named = {self.sources[net]: literal[net] for net in self.inputs}
        for net in self.inputs:
            same = self.constants.get(self.sources[net], literal[net])
            literal[net] = named[same] if isinstance(same, str) else same
        self.ands, table = [], {}
        base = len(self.inputs)

        def both(a, b):
            if a > b:
                a, b = b, a
            if a == 0 or a ^ 1 == b:
                return 0
            if a == 1 or a == b:
                return b
            known = table.get((a, b))
            if known is None:
                self.ands.append((a, b))
                known = table[a, b] = 2 * (base + len(self.ands))
            return known

        def value(operation, a):
            if operation in PRODUCTS:
                left, right, out = PRODUCTS[operation]
                return both(a[0] ^ left, a[1] ^ right) ^ out
            if operation == "mux":
                if self.fold_muxes and a[0] == a[1]:
                    return a[0]
                return both(both(a[1], a[2]) ^ 1, both(a[0], a[2] ^ 1) ^ 1) ^ 1
            if operation in ("xor", "xnor"):
                return both(both(a[0], a[1] ^ 1) ^ 1, both(a[0] ^ 1, a[1]) ^ 1) ^ (operation == "xor")
            return a[0] ^ (operation == "not")

        begun = bytearray(len(self.driver))
        controls = [Sink("", net) for flop in self.controls.values() for net, _, _ in flop]
        for sink in self.sinks + controls:
            stack = [sink.net]
            while stack:
                net = stack[-1]
                if literal[net] is not None:
                    stack.pop()
                    continue
                if self.driver[net] is None:
                    self.errors.append(f"{self.name(net)} has no driver")
                    literal[net] = 0
                    continue
                operation, inputs = self.driver[net]
                missing = [i for i in inputs if literal[i] is None]
                if missing and begun[net]:
                    self.errors.append(f"{self.name(net)} drives itself without a flop")
                    literal[net] = 0
                    continue
                begun[net] = 1
                if missing:
                    stack += missing
                    continue
                literal[net] = value(operation, [literal[i] for i in inputs])
                stack.pop()
            sink.literal = literal[sink.net]
        self.controls = {q: frozenset((literal[net] ^ active ^ 1, what) for net, active, what in flop
                                      if literal[net] ^ active ^ 1) for q, flop in self.controls.items()}
        if self.errors:
            raise NetlistError(f"{self.errors[0]} ({len(self.errors)} problems)")

        self.level = [0] * (base + len(self.ands) + 1)
        for i, (a, b) in enumerate(self.ands, base + 1):
            self.level[i] = 1 + max(self.level[a >> 1], self.level[b >> 1])

    def clock_and_reset(self, q):
        """How a flop is clocked and reset: names of sources, with ! where they act when low."""
        found = []
        for literal, what in self.controls[q]:
            node = literal >> 1
            name = self.sources[self.inputs[node - 1]] if 0 < node <= len(self.inputs) else "logic"
            found.append(f"{'!' * (literal & 1)}{name}: {what}")
        return sorted(found)

    def bound(self, sink):
        """Levels of a sink before optimisation."""
        return self.level[sink.literal >> 1] * sink.weight

    def write_cone(self, sinks, path, nets=None):
        """AIGER file of the sinks' fan-in; returns the nets of its inputs in order, and the number of its nodes.

        With `nets` the inputs are these, in this order; None is an input that nothing takes.
        """
        base = len(self.inputs)
        seen, stack = {0}, [s.literal >> 1 for s in sinks]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                if node > base:
                    a, b = self.ands[node - base - 1]
                    stack += (a >> 1, b >> 1)
        order = sorted(seen)
        inputs = [n for n in order if 0 < n <= base]
        gates = order[1 + len(inputs):]
        if nets is not None:
            place = {net: n for n, net in enumerate(self.inputs, 1)}
            inputs = [place.get(net, f"unused {i}") for i, net in enumerate(nets)]
        number = {node: i for i, node in enumerate([0] + inputs + gates)}
        count = len(gates)

        def renumbered(literal):
            return 2 * number[literal >> 1] | literal & 1

        data = bytearray()
        for node in gates:
            a, b = sorted(map(renumbered, self.ands[node - base - 1]))
            for delta in (2 * number[node] - b, b - a):
                while delta > 127:
                    data.append(delta & 127 | 128)
                    delta >>= 7
                data.append(delta)
        with open(path, "wb") as file:
            file.write(b"aig %d %d 0 %d %d\n" % (len(inputs) + count, len(inputs), len(sinks), count))
            file.write(b"".join(b"%d\n" % renumbered(s.literal) for s in sinks))
            file.write(data)
        return nets or [self.inputs[n - 1] for n in inputs], count

    def waypoints(self, start, sink):
        """Named nets on the longest way, in the gates before `abc`, from a source net to a sink: (gates, name)."""
        best = {start: (0, None)}   # net -> (gates from the start, the net before)
        stack = [sink.net]
        while stack:
            net = stack[-1]
            if net in best:
                stack.pop()
                continue
            if self.driver[net] is None:
                best[net] = None
                continue
            operation, inputs = self.driver[net]
            missing = [i for i in inputs if i not in best]
            if missing:
                stack += missing
                continue
            ways = [(best[i][0], i) for i in inputs if best[i]]
            own = {"buf": 0, "not": 0, "mux": 2}.get(operation, 1)
            best[net] = (max(ways)[0] + own, max(ways)[1]) if ways else None
            stack.pop()
        path, net = [], sink.net
        while net is not None and best[net]:
            path.append(net)
            net = best[net][1]
        wanted, names = set(path), {}
        for prefix, model, outer in self.parts:
            for local, net in zip(model.nets, outer):
                if net in wanted and not GENERATED.match(local):
                    names[net] = prefix + local   # the innermost name: where it is made or used last
        return [(best[net][0], names[net]) for net in reversed(path) if net in names]


def class_of(name):
    """A name without its indices: bits of a register and copies of a block are one class."""
    return re.sub(r"\[\d+\]", "[]", name)


def candidates(netlist, per_class, floor):
    """Of each class, `per_class` of the sinks that are deepest before optimisation, spread over those that tie.

    Classes of at most `floor` levels are left out: optimisation only takes levels away.
    """
    classes = {}
    for sink in netlist.sinks:
        classes.setdefault(class_of(sink.name), []).append(sink)
    chosen = []
    for members in classes.values():
        members.sort(key=lambda s: (-netlist.bound(s), s.name))
        deepest = netlist.bound(members[0])
        if deepest <= floor:
            continue
        ties = [s for s in members if netlist.bound(s) == deepest]
        step = max(1, (len(ties) - 1) // max(1, per_class - 1))
        chosen += ties[::step][:per_class] if len(ties) >= per_class else members[:per_class]
    chosen.sort(key=lambda s: -netlist.bound(s))
    return chosen


def mapped_depth(abc, netlist, sink, file, enough=0):
    """Levels of two-input gates of one sink's cone after `abc`, and the source net of the deepest path.

    A sink with no more than `enough` levels is not of interest: (levels, None) as soon as that is known.
    """
    levels, start = restructured(abc, netlist, sink, file, enough // sink.weight)
    return levels * sink.weight, start


def restructured(abc, netlist, sink, file, enough):
    inputs, nodes = netlist.write_cone([sink], f"{file}.aig")
    best = levels_after(abc, QUICK, inputs, file)
    if REFINE < best[0] and enough < best[0]:
        best = min(best, levels_after(abc, thorough(nodes), inputs, file), key=lambda r: r[0])
    elif best[0] <= enough:
        best = (best[0], None)
    Path(f"{file}.aig").unlink()
    return best


def levels_after(abc, script, inputs, file):
    commands = f"read_genlib {Path(file).parent}/{GENLIB_FILE}; read_aiger {file}.aig; {script}; write_blif {file}.blif"
    done = subprocess.run([abc, "-q", commands], capture_output=True, text=True, check=False)
    if done.returncode or not Path(f"{file}.blif").exists():
        raise NetlistError(f"{abc} failed: {(done.stdout + done.stderr).strip().splitlines()[-1:]}")
    gates, names, outputs = {}, [], []
    for line in Path(f"{file}.blif").read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == ".gate":
            pins = dict(w.split("=") for w in words[2:])
            net = pins.pop("Y")
            gates[net] = (0 if words[1] in FREE else 1, list(pins.values()))
        elif words[0] == ".inputs":
            names = words[1:]
        elif words[0] == ".outputs":
            outputs = words[1:]
        elif words[0] == ".names" and len(words) == 3:
            gates[words[2]] = (0, [words[1]])
    level = {name: (0, net) for name, net in zip(names, inputs)}   # net -> (levels, source)
    stack = list(outputs)
    while stack:
        net = stack[-1]
        if net in level:
            stack.pop()
            continue
        own, pins = gates.get(net, (0, []))
        missing = [p for p in pins if p not in level]
        if missing:
            stack += missing
            continue
        worst = max((level[p] for p in pins), key=lambda v: v[0], default=(0, None))
        level[net] = (worst[0] + own, worst[1])
        stack.pop()
    Path(f"{file}.blif").unlink()
    return level[outputs[0]]


BATCH = 8   # sinks between two looks at what has been found; a fixed number, so that results do not depend on speed


def mapped_depths(abc, netlist, sinks, work, wanted=None, report=lambda done: None):
    """mapped_depth of the sinks (deepest before `abc` first): (levels, source net, sink), deepest first.

    With `wanted` only that many are looked for: a sink is left out when that many deeper ones are known.
    """
    (work / GENLIB_FILE).write_text(GENLIB, encoding="utf-8")
    result = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, len(sinks), BATCH):
            enough = 0
            if wanted and len(result) >= wanted:
                enough = result[wanted - 1][0]
            batch = [s for s in sinks[first:first + BATCH] if netlist.bound(s) > enough]
            found = pool.map(lambda s: (*mapped_depth(abc, netlist, s, work / f"cone{id(s)}", enough), s), batch)
            result += [f for f in found if f[1] is not None]
            result.sort(key=lambda r: (-r[0], r[2].name))
            report(min(first + BATCH, len(sinks)))
    return result
