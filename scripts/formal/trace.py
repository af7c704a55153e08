"""A counterexample of abc as a VCD: inputs and registers of every cycle, by name."""
import re
from collections import defaultdict

from aiger import Aiger


def names(file):
    """Per name: bit -> (input that is its value, in the first cycle if it is a latch too; latch; inverted)."""
    signals = defaultdict(dict)
    for line in file.read_text(encoding="utf-8").splitlines():
        kind, index, *rest = line.split(None, 3)
        if kind in ("input", "init", "latch", "invlatch"):
            bit, name = int(rest[0]), rest[1].lstrip("\\")
            first, latch, inverted = signals[name].get(bit, (None, None, False))
            if kind in ("input", "init"):
                first = int(index)
            else:
                latch, inverted = int(index), kind == "invlatch"
            signals[name][bit] = (first, latch, inverted)
    return signals


def value_of(place, cycle, state, bits):
    first, latch, inverted = place
    if latch is None or (cycle == 0 and first is not None):
        return str(bits[first])
    return str(state[latch] ^ inverted)


def write_vcd(folder, graph, module):
    """`graph`, design.aim and cex.aiw of `folder` into trace.vcd."""
    aiger = Aiger(folder / graph)
    said = (folder / "cex.aiw").read_text(encoding="utf-8").replace("#", " ")
    lines = [line for line in said.split() if re.fullmatch("[01x]+", line)]
    # abc writes the first state, then the inputs of each cycle, the last with a mark right behind it; lines of the
    # wrong length are its other marks.
    stimulus = [[int(bit == "1") for bit in line] for line in lines if len(line) == aiger.inputs]
    signals = {name: bits for name, bits in names(folder / "design.aim").items() if "$" not in name}
    codes = {name: f"n{index}" for index, name in enumerate(signals)}
    text = ["$timescale 1ns $end", f"$scope module {module} $end"]
    scope = []
    for name in sorted(signals):
        *path, leaf = name.split(".")
        while scope != path[:len(scope)]:
            text.append("$upscope $end")
            scope.pop()
        for part in path[len(scope):]:
            text.append(f"$scope module {part} $end")
            scope.append(part)
        text.append(f"$var wire {max(signals[name]) + 1} {codes[name]} {leaf} $end")
    text += ["$upscope $end"] * (len(scope) + 1) + ["$enddefinitions $end"]
    shown = {}
    for cycle, (state, bits) in enumerate(zip(aiger.run(stimulus), stimulus)):
        text.append(f"#{cycle}")
        for name, places in signals.items():
            value = "".join(value_of(places[bit], cycle, state, bits) if bit in places else "x"
                            for bit in range(max(places), -1, -1))
            if shown.get(name) != value:
                shown[name] = value
                text.append(f"b{value} {codes[name]}")
    text.append(f"#{len(stimulus)}")
    file = folder / "trace.vcd"
    file.write_text("\n".join(text) + "\n", encoding="utf-8")
    return file
