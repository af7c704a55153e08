"""Writes a mapped netlist as Verilog, from an RTLIL file whose nets are single bits.

In the form of Yosys's write_verilog, which in version 0.23 takes longer for a large hub than `abc` does for half of it.
"""
import re

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PORT = re.compile(r" (input|output) (\d+) ")
TOKEN = re.compile(r"[\\$]\S+|\d+'[01xz]+")


class Names:
    """Identifiers of one module; what a tool has named gets a number."""

    def __init__(self):
        self.known = {}

    def of(self, name):
        found = self.known.get(name)
        if found is None:
            if name.startswith("$"):
                found = f"_{len(self.known)}_"
            else:
                found = name[1:] if PLAIN.fullmatch(name[1:]) else name + " "
            self.known[name] = found
        return found

    def signal(self, text):
        """A signal, constant or concatenation."""
        bits = [self.of(token) if token[0] in "\\$" else token.replace("'", "'b") for token in TOKEN.findall(text)]
        return bits[0] if len(bits) == 1 else "{ " + ", ".join(bits) + " }"


def module(name, lines):
    """Verilog of one module from the lines of its body."""
    names, ports, wires, cells, assigns, pins = Names(), [], [], [], [], None
    for line in lines:
        words = line.split(None, 2)
        if words[0] == "wire":
            wires.append(names.of(line.split()[-1]))
            port = PORT.search(line)
            if port:
                ports.append((int(port[2]), port[1], wires[-1]))
        elif words[0] == "cell":
            cells.append(f"  {words[1][1:]} {names.of(words[2].rstrip())} (\n")
            pins = []
        elif words[0] == "connect":
            if pins is None:
                assigns.append(f"  assign {names.signal(words[1])} = {names.signal(words[2])};\n")
            else:
                pins.append(f"    .{names.of(words[1])}({names.signal(words[2])})")
        elif words[0] == "end":
            cells[-1] += ",\n".join(pins) + "\n  );\n"
            pins = None
    ports.sort()
    text = [f"module {name}({', '.join(port for _, _, port in ports)});\n"]
    text += [f"  {direction} {port};\n" for _, direction, port in ports] + [f"  wire {wire};\n" for wire in wires]
    return "".join(text + cells + assigns) + "endmodule\n"


def write(source, target):
    """Every module of `source` that is not a black box."""
    with open(source, encoding="utf-8") as rtlil, open(target, "w", encoding="utf-8") as netlist:
        lines, name, box = None, None, False
        for line in rtlil:
            if line.startswith("  "):
                if lines is not None and not line.lstrip().startswith("attribute "):
                    lines.append(line)
            elif line.startswith("attribute \\blackbox"):
                box = True
            elif line.startswith("module "):
                name = line.split()[1][1:]
                lines = None if box else []
            elif line.startswith("end"):
                if lines is not None:
                    netlist.write(module(name, lines))
                lines, box = None, False
