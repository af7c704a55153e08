"""What makes a synthesis run fail.

Found by                      what
slang, any warning            width mismatches and all else it warns of (`elaborate.log`)
hierarchy -check              instances of modules that do not exist
proc, select -assert-none     latches
undriven()                    nets without driver
check (one module)            loops, nets with several drivers
netlist.py (across modules)   all three
arrays()                      memories that became flops and are not listed in register_arrays.txt
check -mapped                 cells that the library does not have
"""
import re
import sys
from pathlib import Path

import flow
import netlist as nl
import tools

ALLOWED = Path(__file__).parent / "register_arrays.txt"
# Reading an array whose size is no power of two at an address beyond its end gives x: such nets have no driver.
BEYOND_THE_END = re.compile(r"\$memory\\\S+\$rdmux\S* .*is used but has no driver")
# An array is taken for a memory when an SRAM could do its work: few ports and at least this many words and bits.
MANY_PORTS, FEW_WORDS, FEW_BITS = 4, 4, 1000


def warnings(work):
    """What slang warned of."""
    text = (work / "elaborate.log").read_text(encoding="utf-8", errors="replace")
    return [line.strip() for line in text.splitlines() if re.search(r"\bwarning: ", line, re.I)]


def problems(work):
    """What `check` found in single modules."""
    text = (work / "check.txt").read_text(encoding="utf-8", errors="replace")
    found = [line.removeprefix("Warning: ") for line in text.splitlines() if line.startswith("Warning: ")]
    return [line for line in found if not BEYOND_THE_END.search(line)]


def undriven(work):
    """Nets that slang found no driver for: it puts a buffer of x there."""
    found, kind, undefined = [], "", False
    for line in (work / "merged.il").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["cell"]:
            kind, undefined = words[1], False
        elif kind == "$buf" and words[:2] == ["connect", "\\A"]:
            undefined = bool(re.search(r"\d'[01]*x", line))
        elif undefined and words[:2] == ["connect", "\\Y"]:
            found.append(f"{words[2][1:]} has no driver")
    return found


def arrays(work):
    """(module, array, words, bits) of memories that became flops, from the dump of $mem_v2 cells."""
    found, module, entry = [], "", {}
    for line in (work / "arrays.txt").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if line.startswith("module "):
            module = words[1][1:]
        elif words[:2] == ["cell", "$mem_v2"]:
            entry = {"name": words[2][1:]}
        elif words[:1] == ["parameter"] and len(words) > 2:
            entry[words[-2][1:]] = words[-1]
        elif words[:1] == ["end"] and "SIZE" in entry:
            size, width = int(entry["SIZE"]), int(entry["WIDTH"])
            ports = int(entry["RD_PORTS"]) + int(entry["WR_PORTS"])
            if size >= FEW_WORDS and size * width >= FEW_BITS and ports <= MANY_PORTS:
                found.append((re.sub(r"_v\d+$", "", module), entry["name"], size, size * width))
            entry = {}
    return sorted(set(found))


def allowed_arrays():
    """(module, array) that may be flops."""
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return {tuple(line.split()[:2]) for line in lines if line.strip() and not line.startswith("#")}


def run(work, name):
    """Everything that a folder of flow.to_gates() shows; the first problem of each kind is an error."""
    found = [f"slang: {line}" for line in warnings(work)[:1]]
    found += [f"net: {line}" for line in undriven(work)[:1]]
    found += [f"check: {line}" for line in problems(work)[:1]]
    allowed = allowed_arrays()
    found += [f"memory in flops: {module}.{array}, {words} words, {bits} bits; make it an sram_1r1w, or list it with "
              f"its reason in scripts/synth/{ALLOWED.name}"
              for module, array, words, bits in arrays(work) if (module, array) not in allowed]
    if found:
        raise tools.CheckError(f"{name}: {found[0]}" + (f" (and {len(found) - 1} more)" if len(found) > 1 else ""))
    return "no latch, loop, width mismatch, net without or with several drivers, unknown cell, memory in flops"


def main():
    """Checks one module in its default parameters: scripts/synth/checks.py MODULE."""
    if len(sys.argv) != 2:
        raise tools.ToolError("usage: scripts/synth/checks.py MODULE")
    module = sys.argv[1]
    tools.module_parameters(module)
    work = flow.to_gates(module, {}, f"checks-{module}")
    checked = run(work, module)
    try:
        nl.Netlist(nl.read_models(work / "gates.blif"), module)
    except nl.NetlistError as error:
        raise tools.CheckError(f"{module}: {error}") from error
    print(f"{module}: {checked}")
    return 0


if __name__ == "__main__":
    tools.main(main)
