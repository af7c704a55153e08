"""The little that is read from a Liberty file: cells, their area, their functions, whether they store a bit."""
import itertools
import re
from pathlib import Path

import tools

OSU018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib"  # Debian's qflow-tech-osu018


def files(argument):
    """The standard cells, then the macros: `LIBERTY`, or Debian's OSU018."""
    paths = (argument or OSU018).split()
    for path in paths:
        if not Path(path).is_file():
            hint = "; scripts/deps.sh --synth installs it" if path == OSU018 else ""
            raise tools.ToolError(f"{path}: no such Liberty file{hint}")
    return paths


class Cell:
    def __init__(self, text):
        number = re.search(r"\barea\s*:\s*([0-9.eE+-]+)", text)
        self.area = float(number[1]) if number else 0.0
        self.is_flop = bool(re.search(r"\bff(_bank)?\s*\(", text))
        self.is_latch = bool(re.search(r"\blatch(_bank)?\s*\(", text))
        self.inputs, self.outputs = [], {}   # outputs: pin -> function or None
        for name, body in groups(text, "pin"):
            direction = re.search(r"direction\s*:\s*\"?(\w+)", body)
            if direction and direction[1] == "output":
                function = re.search(r"\bfunction\s*:\s*\"([^\"]*)\"", body)
                self.outputs[name] = function[1] if function else None
            else:
                self.inputs.append(name)

    def table(self):
        """Truth table of a cell with one output and up to three inputs, as a tuple of bits; None otherwise."""
        if self.is_flop or self.is_latch or len(self.outputs) != 1 or not 1 <= len(self.inputs) <= 3:
            return None
        function = next(iter(self.outputs.values()))
        if function is None:
            return None
        values = itertools.product((0, 1), repeat=len(self.inputs))
        return tuple(evaluate(function, dict(zip(self.inputs, v))) for v in values)


def evaluate(function, values):
    """A Liberty function: ! or a trailing ' inverts, * & or nothing is AND, ^ XOR, + | OR, from tight to loose."""
    tokens = re.findall(r"\w+|[!'*&+|^()]", function) + [None]
    place = 0

    def take():
        nonlocal place
        place += 1
        return tokens[place - 1]

    def factor():
        token = take()
        if token == "!":
            value = 1 - factor()
        elif token == "(":
            value = disjunction()
            take()
        else:
            value = int(token) if token in ("0", "1") else values[token]
        while tokens[place] == "'":
            take()
            value = 1 - value
        return value

    def exclusive():
        value = factor()
        while tokens[place] == "^":
            take()
            value ^= factor()
        return value

    def conjunction():
        value = exclusive()
        while tokens[place] is not None and tokens[place] not in "+|)":
            if tokens[place] in "*&":
                take()
            value &= exclusive()
        return value

    def disjunction():
        value = conjunction()
        while tokens[place] is not None and tokens[place] in "+|":
            take()
            value |= conjunction()
        return value

    return disjunction()


def groups(text, kind):
    """(name, body) of each `kind (name) { body }`, at any depth."""
    for match in re.finditer(rf"\b{kind}\s*\(\s*\"?([^)\"]+?)\"?\s*\)\s*\{{", text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield match[1], text[match.end():end - 1]


def read(path):
    """name -> Cell."""
    text = Path(path).read_text(encoding="utf-8", errors="replace")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return {name: Cell(body) for name, body in groups(text, "cell")}


def smallest(cells, table):
    """The smallest cell with this truth table: (name, area)."""
    found = [(cell.area, name) for name, cell in cells.items() if cell.table() == table]
    return (min(found)[1], min(found)[0]) if found else (None, None)


def nand2(cells, path):
    name, area = smallest(cells, (1, 1, 1, 0))
    if not area:
        raise tools.ToolError(f"{path}: no two-input NAND in it, so there is no gate equivalent")
    return name, area


def driver(cells):
    """An inverter of middling strength: what drives the inputs of a block during mapping."""
    inverters = sorted((cell.area, name) for name, cell in cells.items() if cell.table() == (1, 0))
    return inverters[len(inverters) // 2][1] if inverters else None
