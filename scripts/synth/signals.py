"""Which signal of the RTL, and which bit of it, a net of the mapped netlist is: by its name.

Yosys keeps names, with these exceptions. An array of vectors is one vector, its first element highest, as SystemVerilog
packs it. An array that Yosys took for a memory has its words in one vector, the first lowest, under the name of the
first word; bits that are always zero are left out of every word. The log of flow.to_gates() tells of both.
"""
import re
from functools import lru_cache

CELL = re.compile(r"^  cell \\(\S+) \\(\S+)$", re.M)


class Signals:
    def __init__(self, work, widths):
        """`work` is a folder of flow.to_gates(), `widths` those of the waveform's signals."""
        self.widths = widths
        self.cells = {}      # module -> {instance: module}
        for text in (work / "merged.il").read_text(encoding="utf-8").split("\nmodule \\")[1:]:
            self.cells[text.split("\n", 1)[0]] = {name: kind for kind, name in CELL.findall(text)}
        log = (work / "gates.log").read_text(encoding="utf-8")
        self.zeros = {}      # (module, memory) -> bits of a word that are left out
        for module, memory, bit in re.findall(r"^(\S+)\.(\S+): removing const-0 lane (\d+)$", log, re.M):
            self.zeros.setdefault((module, memory), set()).add(int(bit))
        self.joined = {(module, memory): int(words) for memory, module, words in re.findall(
            r"^Widening base width of memory (\S+) in module (\S+) by factor (\d+)\.$", log, re.M)}

    def of(self, net):
        """(signal, bit), or None."""
        if self.widths.get(net) == 1:
            return net, 0
        found = re.fullmatch(r"(.*)\[(\d+)\]", net)
        if not found:
            return None
        name, index = found[1], int(found[2])
        word = re.fullmatch(r"(.*)\[(\d+)\]", name)
        if word and self._is_memory(word[1]):
            return self._in_memory(word[1], int(word[2]), index)
        if index < self.widths.get(name, 0):
            return name, index
        width = self.widths.get(f"{name}[0]")
        if not width:
            return None
        words = 1
        while f"{name}[{words}]" in self.widths:
            words += 1
        element = f"{name}[{words - 1 - index // width}]"
        return (element, index % width) if element in self.widths else None

    @lru_cache(maxsize=None)
    def module(self, path):
        """The module that an instance is of."""
        module, rest = "hub", path
        while rest:
            inside = self.cells.get(module, {})
            name = next((n for n in inside if rest == n or rest.startswith(n + ".")), None)
            if name is None:
                return None
            module, rest = inside[name], rest[len(name) + 1:]
        return module

    @lru_cache(maxsize=None)
    def _key(self, array):
        """(module, name) of an array, as the log has it."""
        parts = array.split(".")
        for i in range(len(parts) - 1, -1, -1):   # a name may have dots, of the generate blocks that it is in
            module = self.module(".".join(parts[:i]))
            if module:
                return module, ".".join(parts[i:])
        return None

    def _is_memory(self, array):
        key = self._key(array)
        return key in self.zeros or key in self.joined

    def _in_memory(self, array, first, index):
        key = self._key(array)
        width = self.widths.get(f"{array}[0]", 0)
        kept = [bit for bit in range(width) if bit not in self.zeros.get(key, ())]
        if not kept:
            return None
        word, bit = divmod(index, len(kept))
        element = f"{array}[{first * self.joined.get(key, 1) + word}]"
        return (element, kept[bit]) if element in self.widths else None
