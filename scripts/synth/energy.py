"""Energy of a netlist at work: of its cells from the Liberty file, and what that is at 7 nm. A range, not a result.

    logic     output switches x (inside the cell + V^2/2 x pins driven)      x WIRES x GLITCHES x SCALE
    flops     the same at Q, and inside the cell when D switches             x WIRES x SCALE
    clock     cycles with a clock x (inside the flop + V^2 x clock pin)      x (1 + TREE) x SCALE
    memories  bits read and written                                          x SRAM_BIT

Each factor has a low, a middle and a high value; all low and all high together are the ends of the range. No leakage,
and no pads: what the hub's outputs drive is the neighbour's.
"""
import re

import liberty
import mapping

# From OSU018 at 1.8 V to 7 nm.
# low:    the two-input AND of both libraries: pins of 12.7 fF at 1.8 V and, in ASAP7 (Clark et al., Microelectronics
#         Journal 53, 2016; its library of 2020), 0.544 fF at 0.7 V. What they use inside has the same ratio.
# middle: to 45 nm at 1.0 V by Stillmaker and Baas (Integration 58, 2017; energy 24.64 V - 17.98 at 180 nm, 1.018 V^2
#         - 0.3107 V + 0.1539 at 45 nm), from there as a 32-bit integer addition, 0.10 to 0.03 pJ (Jouppi et al., ISCA
#         2021, table 2).
# high:   the same with a 32-bit floating-point addition, 0.90 to 0.38 pJ.
TO_45 = (1.018 - 0.3107 + 0.1539) / (24.64 * 1.8 - 17.98)
SCALE = ((0.544 * 0.7**2) / (12.7 * 1.8**2), TO_45 * 0.03 / 0.10, TO_45 * 0.38 / 0.90)
# What wires add to the pins that a cell drives, and to the cell itself: an assumption.
WIRES = (1.2, 1.5, 2.0)
# Switches that last no cycle add to those that are counted: an assumption.
GLITCHES = (1.0, 1.2, 1.5)
# Clock tree with its wires over the flops' own clock pins: an assumption.
TREE = (0.5, 1.0, 2.0)
# pJ a bit. high: 8 KiB, 64 bits, 7.5 pJ at 7 nm (Jouppi et al.); low: the 10 pJ of 45 nm that they start from, reduced
# as their integer addition is; middle: the mean. The hub's memories are smaller, most of them far smaller.
SRAM_BIT = (10 / 64 * 0.3, (10 * 0.3 + 7.5) / 2 / 64, 7.5 / 64)


class Cell:
    """Energies of one kind of cell at its library's voltage, in pJ: of a switch (mean of rise and fall)."""

    def __init__(self, text, volt_squared, picofarads):
        self.pins = {}       # input -> pJ to switch it
        self.inside = {}     # pin -> pJ inside the cell when it switches
        for name, body in liberty.groups(text, "pin"):
            if re.search(r"direction\s*:\s*\"?input", body):
                capacitance = re.search(r"\bcapacitance\s*:\s*([0-9.eE+-]+)", body)
                self.pins[name] = float(capacitance[1]) * picofarads * volt_squared / 2 if capacitance else 0.0
            found = []
            for power in internal_powers(body):
                related = re.search(r"related_pin\s*:\s*\"(\w+)\"", power)
                if re.search(r"\bff\s*\(", text) and related and related[1] != "CLK":
                    continue
                values = [first_load(table) for kind in ("rise_power", "fall_power")
                          for _, table in liberty.groups(power, kind)]
                found += [sum(values) / 2] if values else []
            self.inside[name] = sum(found) / len(found) * picofarads if found else 0.0


def internal_powers(text):
    """Bodies of the internal_power groups of a pin."""
    for part in re.split(r"\binternal_power\s*\(\s*\)\s*\{", text)[1:]:
        depth, end = 1, 0
        while depth:
            depth += {"{": 1, "}": -1}.get(part[end], 0)
            end += 1
        yield part[:end - 1]


def first_load(table):
    """Of a table over load (if any) and slope: the smallest load, which matters little, and the second slope."""
    return float(re.search(r"values\s*\(\s*\\?\s*\"([^\"]*)\"", table)[1].split(",")[1])


def read(path):
    """name -> Cell."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    volts = float(re.search(r"nom_voltage\s*:\s*([0-9.]+)", text)[1])
    unit = re.search(r"capacitive_load_unit\s*\(\s*([0-9.]+)\s*,\s*(pf|ff)\s*\)", text, re.I)
    picofarads = float(unit[1]) * (1e-3 if unit[2].lower() == "ff" else 1.0)
    return {name: Cell(body, volts * volts, picofarads) for name, body in liberty.groups(text, "cell")}


KINDS = ("logic", "flops", "clock", "memories")


class Account:
    """What a unit does in some cycles: counts, and energies in pJ before they are scaled."""

    def __init__(self):
        self.nets = self.switches = self.flops = self.clocked = self.bits = 0
        self.raw = dict.fromkeys(KINDS[:3], 0.0)

    def add_all(self, others):
        for other in others:
            for name in ("nets", "switches", "flops", "clocked", "bits"):
                setattr(self, name, getattr(self, name) + getattr(other, name))
            for kind, value in other.raw.items():
                self.raw[kind] += value

    def at_7nm(self):
        """kind -> pJ, (low, middle, high)."""
        factors = {"logic": [s * w * g for s, w, g in zip(SCALE, WIRES, GLITCHES)],
                   "flops": [s * w for s, w in zip(SCALE, WIRES)],
                   "clock": [s * (1 + t) for s, t in zip(SCALE, TREE)]}
        result = {kind: [self.raw[kind] * f for f in factors[kind]] for kind in factors}
        result["memories"] = [self.bits * bit for bit in SRAM_BIT]
        return result


def accounts(activity, energies):
    """unit -> Account; "hub" is what lies in no unit."""
    netlist, values = activity.netlist, activity.values
    steps = activity.ones >> 1   # from each cycle to the next

    def switches(net):
        value = values[net]
        return ((value ^ value >> 1) & steps).bit_count()

    driven = {}   # net -> pJ to switch the pins that it drives
    for _, kind, nets, _ in netlist.cells:
        if kind in energies:
            for pin, own in energies[kind].pins.items():
                if pin in nets:
                    driven[nets[pin][0]] = driven.get(nets[pin][0], 0.0) + own
    found = {}
    for unit, kind, nets, gate in netlist.cells:
        account = found.setdefault(unit, Account())
        if gate:
            continue   # a part of the clock tree
        if kind not in energies:
            account.bits += memory_bits(kind, nets, values)
            continue
        cell, is_flop = energies[kind], activity.library[kind].is_flop
        for pin in activity.library[kind].outputs:
            if pin in nets:
                net = nets[pin][0]
                times = switches(net)
                account.nets += 1
                account.switches += times
                account.raw["flops" if is_flop else "logic"] += times * (cell.inside[pin] + driven.get(net, 0.0))
        if is_flop:
            clocked = values[nets["CLK"][0]].bit_count()
            account.flops += 1
            account.clocked += clocked
            account.raw["clock"] += clocked * 2 * (cell.inside["CLK"] + cell.pins["CLK"])
            account.raw["flops"] += switches(nets["D"][0]) * cell.inside["D"]
    return found


def bits_by_holder(activity):
    """Module that holds memories -> bits that they read and write. A table_ram counts for what holds it."""
    found = {}
    for path, cell in activity.netlist.memories:
        _, kind, nets, _ = activity.netlist.cells[cell]
        holder = path
        while True:
            holder = holder.rpartition(".")[0]
            module = mapping.base(activity.signals.module(holder) or "")
            if module not in ("", "table_ram"):
                break
        found[module] = found.get(module, 0) + memory_bits(kind, nets, activity.values)
    return found


def memory_bits(kind, nets, values):
    """Bits that a memory reads and writes."""
    width, masks = map(int, re.match(r"sram_(\d+)x\d+m(\d+)", kind).groups())
    on = values[nets["clk_i"][0]]
    read = (values[nets["re_i"][0]] & on).bit_count() * width
    writes = values[nets["we_i"][0]] & on
    return read + sum((values[net] & writes).bit_count() for net in nets["wmask_i"]) * (width // masks)
