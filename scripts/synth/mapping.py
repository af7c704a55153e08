"""From gates to standard cells: the mapped netlist of a hub, block by block, and what it costs.

A block is a module that keeps its boundary: the units, and what is large or occurs several times. Everything else
is flattened into the block that holds it. A clock gate stays one: a flow puts the library's own there. Blocks are mapped
one by one, so time grows with what is different, not with lanes. What that leaves unoptimised is the boundary of a block.
"""
import json
import os
import re
import shutil
from pathlib import Path

import flow
import liberty
import tools
import verilog

REPEATED = 400     # cells from which a module that occurs several times in another is a block
LARGE = 60000      # cells from which any module is a block
TARGET_PS = 5000   # what abc sizes for, in the library's picoseconds


class Counts:
    """Cells of a netlist by module, from flow.count_cells()."""

    def __init__(self, path):
        raw = json.loads(Path(path).read_text(encoding="utf-8"))["modules"]
        self.modules = {name[1:]: {kind.lstrip("\\"): count for kind, count in entry["num_cells_by_type"].items()}
                        for name, entry in raw.items()}

    def own(self, module):
        """Cells of a module without those of the modules in it."""
        return {kind: n for kind, n in self.modules.get(module, {}).items() if kind not in self.modules}

    def total(self, module):
        """Cells of a module, all levels together."""
        result = self.own(module)
        for child, n in self.modules.get(module, {}).items():
            if child in self.modules:
                for kind, count in self.total(child).items():
                    result[kind] = result.get(kind, 0) + n * count
        return result

    def instances(self, top):
        """How often each module occurs below `top`."""
        found = {top: 1}

        def visit(module, times):
            for child, n in self.modules.get(module, {}).items():
                if child in self.modules:
                    found[child] = found.get(child, 0) + times * n
                    visit(child, times * n)

        visit(top, 1)
        return found


def base(module):
    """Its name in the RTL: variants of a module, by parameters or constants at its ports, are numbered."""
    return re.sub(r"_v\d+$", "", module)


def blocks(counts, top):
    """The modules that keep their boundary."""
    keep, copies = {top}, {}
    instances = counts.instances(top)
    for children in (counts.modules[module] for module in instances):
        inside = {}
        for child, n in children.items():
            inside[base(child)] = inside.get(base(child), 0) + n
        for child, n in inside.items():
            copies[child] = max(copies.get(child, 0), n)
    for module in instances:
        size = sum(counts.total(module).values())
        repeated = copies.get(base(module), 0) > 1 and size >= REPEATED
        if module in tools.UNITS + ("clock_gate",) or size >= LARGE or repeated:
            keep.add(module)
    return sorted(keep)


SCRIPT = """
read_liberty -lib {library}
read_rtlil {work}/gates.il
setattr -mod -set keep_hierarchy 1 {blocks}
hierarchy -check -top {top}
flatten
delete t:$scopeinfo
opt_expr
opt_merge
opt_clean -purge
dfflibmap -liberty {library}
abc -liberty {library} -D {period} -constr {work}/abc.constr -script +{abc}
setundef -zero
opt_clean -purge
rename -wire {flops}
check -mapped -assert
write_rtlil {work}/mapped.il
splitnets -ports
opt_clean
write_rtlil {work}/bits.il
"""
# Yosys's own script for a library with constraints, without `&dch`: half the time, and fewer cells on this design.
ABC = ("strash;&get,-n;&fraig,-x;&put;dc2;strash;&get,-n;&nf,{D};&put;buffer;upsize,{D};dnsize,{D};stime,-p")


def map_cells(work, top, libraries, name):
    """Maps the gates in folder `work`; nothing to do when that has been done with the same library."""
    library = tools.WORK / "cells.lib"
    if not library.exists() or library.read_bytes() != Path(libraries[0]).read_bytes():
        copy = library.with_suffix(f".{os.getpid()}")
        shutil.copy(libraries[0], copy)
        copy.replace(library)   # at once: others may be reading it
    cells = liberty.read(library)
    stamp = work / "mapped.stamp"
    wanted = (f"{tools.digest(work / 'gates.il')} {tools.digest(library)} {tools.digest(__file__)} "
              f"{tools.version_of(tools.mapping_yosys())}")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return cells
    constraints = f"set_driving_cell {liberty.driver(cells)}\nset_load 0.05\n"
    (work / "abc.constr").write_text(constraints, encoding="utf-8")
    script = work / "map.ys"
    keep = " ".join(blocks(Counts(work / "gates.json"), top))
    script.write_text(SCRIPT.format(library=library, work=work, top=top, blocks=keep, period=TARGET_PS, abc=ABC,
                                    flops=" ".join(f"t:{name}" for name, cell in cells.items() if cell.is_flop)),
                      encoding="utf-8")
    tools.run([tools.mapping_yosys(), "-Q", "-T", "-s", script], work / "map.log", f"{name}: mapping to cells")
    if not (work / "bits.il").exists():
        raise tools.ToolError(f"{name}: mapping left no netlist (see {work}/map.log)")
    verilog.write(work / "bits.il", work / "mapped.v")   # without vectors, which OpenSTA does not read everywhere
    (work / "bits.il").unlink()
    flow.count_cells(work / "mapped.il", work / "mapped.json")
    stamp.write_text(wanted, encoding="utf-8")
    return cells


def sram_bits(kind):
    """Bits of a memory, from the shape in its name."""
    width, depth = map(int, re.match(r"sram_(\d+)x(\d+)", kind).groups())
    return width * depth


def sram_shapes(work):
    """Kinds of memories in the mapped netlist."""
    counts = Counts(work / "mapped.json")
    return {kind for cells in counts.modules.values() for kind in cells if kind.startswith("sram_")}


def memory_contents(work, top):
    """Module that holds memories -> their bits, all instances together. A table_ram counts for what holds it."""
    counts = Counts(work / "gates.json")
    result = {}
    for module, times in counts.instances(top).items():
        if base(module) == "table_ram":
            continue
        held = counts.own(module)
        for child, n in counts.modules.get(module, {}).items():
            if base(child) == "table_ram":
                for kind, count in counts.total(child).items():
                    held[kind] = held.get(kind, 0) + n * count
        bits = sum(sram_bits(kind) * n for kind, n in held.items() if kind.startswith("sram_"))
        if bits:
            result[base(module)] = result.get(base(module), 0) + bits * times
    return result


class Cost:
    """Area and contents of a module of the mapped netlist."""

    def __init__(self, counted, cells, nand2_area):
        self.cells = self.flops = self.sram_bits = self.srams = 0
        self.area = self.flop_area = 0.0
        for kind, n in counted.items():
            if kind.startswith("sram_"):
                self.srams += n
                self.sram_bits += n * sram_bits(kind)
                continue
            if kind not in cells:
                continue   # a user's macro
            self.cells += n
            self.area += n * cells[kind].area
            if cells[kind].is_flop:
                self.flops += n
                self.flop_area += n * cells[kind].area
        self.gates = self.area / nand2_area


def costs(work, top, cells, library):
    """module -> (Cost of all levels, Cost of its own level, number of instances)."""
    counts = Counts(work / "mapped.json")
    _, nand2_area = liberty.nand2(cells, library)
    return {module: (Cost(counts.total(module), cells, nand2_area), Cost(counts.own(module), cells, nand2_area), times)
            for module, times in counts.instances(top).items() if not module.startswith("sram_")}
