"""Values of signals, one a cycle, from a waveform of the traced hub (tb/fst_waves.hpp).

A cycle's values are those at its end, while the clock is low: what the next rising edge finds. A signal's values are
one integer a bit, in which bit n is the value in cycle n of the window.
"""
import subprocess

import tools

CYCLE = 1000   # of the waveform's time, which are picoseconds


class Waveform:
    def __init__(self, file):
        self.file = file
        self.widths = {}     # signal -> width; a signal is its path below the hub
        self.codes = {}      # signal -> its code in the file
        self.cycles = 0
        self.history = {}    # code -> [(cycle, value as text)]
        self.bits = {}       # code -> its bits, the lowest first
        self._read_header()

    def _lines(self):
        child = subprocess.Popen([tools.program("fst2vcd", "gtkwave"), "-f", self.file], stdout=subprocess.PIPE,
                                 text=True)
        yield from child.stdout
        if child.wait():
            raise tools.ToolError(f"{self.file}: no waveform")

    def _read_header(self):
        scopes = []
        for line in self._lines():
            words = line.split()
            if words[:1] == ["$scope"]:
                scopes.append(words[2])
            elif words[:1] == ["$upscope"]:
                scopes.pop()
            elif words[:1] == ["$var"]:
                path = ".".join(scopes[1:] + [words[4]]).removeprefix("hub.")
                self.widths[path], self.codes[path] = int(words[2]), words[3]
            elif words[:1] == ["$enddefinitions"]:
                break

    def read(self, signals):
        """Reads the values of these signals."""
        wanted = {self.codes[signal] for signal in signals}
        self.history = {code: [] for code in wanted}
        changed, cycle, low = {}, -1, False
        for line in self._lines():
            first = line[0]
            if first == "#":
                if low:
                    cycle += 1
                    for code, value in changed.items():
                        self.history[code].append((cycle, value))
                    changed.clear()
                low = int(line[1:]) % CYCLE == 0
            elif first == "b":
                value, code = line[1:].split()
                if code in wanted:
                    changed[code] = value
            elif first in "01" and line[1:-1] in wanted:
                changed[line[1:-1]] = first
        self.cycles = cycle + 1
        if self.cycles < 2:
            raise tools.ToolError(f"{self.file}: no cycles in it")

    def of(self, signal):
        """Its bits, the lowest first."""
        code = self.codes[signal]
        if code not in self.bits:
            changes, width, texts = self.history.pop(code), self.widths[signal], []
            for (cycle, value), (until, _) in zip(changes, changes[1:] + [(self.cycles, None)]):
                texts += [value.zfill(width)] * (until - cycle)
            columns = zip(*reversed(texts))   # the latest cycle is the highest bit
            self.bits[code] = [int("".join(column), 2) for column in columns][::-1]
        return self.bits[code]
