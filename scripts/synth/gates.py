#!/usr/bin/env python3
"""The hub as mapped standard cells, verilated behind the hub's C++ port: `make gates`.

    scripts/synth/gates.py [--rtl] [--waves] [--jobs N]

Synthesises the small hub of sim/systems/gates.toml as synth.py does, replaces each cell by its function from the
Liberty file, verilates the netlist and links a library that `moehub run --hub gates` loads:
$BUILD/synth/gates/libhub_gates.so, or with --waves libhub_gates_waves.so, which can record every net. The units keep
their boundaries, memories are sram_1r1w. One NAND of addr_alloc can be made a NOR when the hub is made
(MOEHUB_SWAP_GATE=1), to show that a run notices a wrong gate. --rtl makes libhub_rtl.so, the same hub before synthesis,
to compare with. Prints the library's name; nothing is done when nothing has changed.
"""
import argparse
import os
import re
import shutil
import subprocess
from pathlib import Path

import flow
import liberty
import mapping
import tools

# sim/systems/gates.toml has the same numbers; the program wants a row table of 64 sets, of which it uses 4.
CONFIG, CHANGES = "small", ("REGIONS=16", "TILES=32", "RAT_SETS=64")
# As the main program (cmake/Verilate.cmake), but compiled without optimisation: what counts is the time to compile. With
# -fconst-bit-op-tree Verilator 5.006 gets trees of XOR and XNOR over the bits of a word wrong: parity of a memory's word.
VERILATE = ["--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "-Wno-lint", "-Wno-style",
            "--output-split", "20000", "-fno-const-bit-op-tree"]

# What a library is compiled from beside the verilated model.
PORT = ("tb/gates/library.cpp", "tb/gates_hub.hpp", "tb/rtl_hub_pins.hpp", "tb/spill_memory.hpp", "model/hub/port.hpp",
        "model/hub/packet.hpp")

# Cells become modules with their function, which are flattened into the netlist. A flop with set and reset of which one
# is tied off becomes one with the other: else each has reset nets of its own, which Verilator takes for thousands of
# clocks. Vectors become bits, so that Verilator sees no loops that are not there; the top keeps its pins.
EXPAND = """
read_rtlil {netlist}
setattr -mod -set keep_hierarchy 1 *
delete =A:liberty_cell
read_liberty -ignore_miss_func -overwrite {library}
hierarchy -top {top}
proc
flatten
opt_clean
techmap
simplemap
techmap -map {work}/andnot.v t:$_ANDNOT_
techmap
simplemap
opt_expr
opt_dff -nodffe -nosdff
opt_merge t:$_NOT_
opt_clean
splitnets
splitnets -ports {top} %n
opt_clean
write_verilog -noattr {output}
"""

# What read_liberty puts between set and reset, in gates through which constants are seen.
ANDNOT = """module \\$_ANDNOT_ (input A, B, output Y);
  assign Y = A & ~B;
endmodule
"""

SWAPPABLE = 8   # gates that MOEHUB_SWAP_GATE can name, from 1 on
SWAP = """// A NAND that can be made a NOR: see scripts/synth/gates.py.
module swap_gate #(parameter INDEX = 1) (input A, input B, output Y);
  reg swapped;
  integer asked;
  initial swapped = $value$plusargs("swap_gate=%d", asked) != 0 && asked == INDEX;
  assign Y = swapped ? ~(A | B) : ~(A & B);
endmodule
"""


def memory_modules(shapes):
    """Verilog of the memories of a netlist: sram_1r1w in the shapes that their names tell."""
    text = ""
    for kind in sorted(shapes):
        width, depth, mask = map(int, re.match(r"sram_(\d+)x(\d+)m(\d+)", kind).groups())
        address = max(1, (depth - 1).bit_length())
        text += (f"module {kind} (input clk_i, input we_i, input [{address - 1}:0] waddr_i, input [{mask - 1}:0] wmask_i,"
                 f"\n  input [{width - 1}:0] wdata_i, input re_i, input [{address - 1}:0] raddr_i, "
                 f"output [{width - 1}:0] rdata_o);\n"
                 f"  sram_1r1w #(.Width({width}), .Depth({depth}), .Granule({width // mask})) u_ram (.*);\nendmodule\n\n")
    return text


def with_swap(netlist, cells, module, target, kind="swap_gate"):
    """Copies an RTLIL netlist; NANDs spread evenly over `module` become swap_gates, or the one in its middle a NOR."""
    nand, _ = liberty.smallest(cells, (1, 1, 1, 0))
    names, output = ("A", "B"), "Y"
    if kind == "NOR":
        kind, _ = liberty.smallest(cells, (1, 0, 0, 0))
        names, output = cells[kind].inputs, next(iter(cells[kind].outputs))
    pins = dict(zip(cells[nand].inputs, names))
    pins[next(iter(cells[nand].outputs))] = output
    text = netlist.read_text(encoding="utf-8")
    start = text.index(f"\nmodule \\{module}\n")
    end = text.index("\nend\n", start)
    body = text[start:end]
    places = [m.start() for m in re.finditer(rf"^  cell \\{nand} ", body, re.M)]
    if not places:
        raise tools.ToolError(f"no {nand} in {module}")
    count = SWAPPABLE if kind == "swap_gate" else 1
    chosen = [places[(2 * i + 1) * len(places) // (2 * count)] for i in range(count)]
    for place in reversed(chosen):   # from the end, so that places stay where they are
        first = start + place
        last = text.index("\n  end\n", first)
        cell = text[first:last].replace(f"cell \\{nand} ", f"cell \\{kind} ")
        cell = re.sub(r"connect \\(\w+) ", lambda m: f"connect \\{pins[m[1]]} ", cell)
        if kind == "swap_gate":
            head, _, rest = cell.partition("\n")
            cell = f"{head}\n    parameter \\INDEX {chosen.index(place) + 1}\n{rest}"
        text = text[:first] + cell + text[last:]
    # A black box with these pins, so that the netlist is complete.
    box = ("attribute \\blackbox 1\nmodule \\swap_gate\n  parameter \\INDEX 1\n  wire input 1 \\A\n  wire input 2 \\B\n"
           "  wire output 3 \\Y\nend\n")
    target.write_text(text + (box if kind == "swap_gate" else ""), encoding="utf-8")


def expand(work, top, cells, swap_in, output, name):
    """The netlist in `work` as Verilog without cells, and its memories."""
    netlist = work / "mapped.il"
    if swap_in:
        with_swap(netlist, cells, swap_in, work / "swap.il")
        netlist = work / "swap.il"
    (work / "andnot.v").write_text(ANDNOT, encoding="utf-8")
    script = work / "expand.ys"
    script.write_text(EXPAND.format(netlist=netlist, work=work, library=tools.WORK / "cells.lib", top=top, output=output),
                      encoding="utf-8")
    tools.run([tools.slang_yosys(), "-Q", "-T", "-s", script], work / "expand.log", f"{name}: cells to functions")
    text = memory_modules(mapping.sram_shapes(work)) + (SWAP if swap_in else "")
    output.with_name("memories.v").write_text(text, encoding="utf-8")


def verilator_root():
    done = subprocess.run([tools.program("verilator", "verilator"), "--getenv", "VERILATOR_ROOT"], capture_output=True,
                          text=True, check=False)
    return done.stdout.strip()


def verilate(folder, prefix, files, options, jobs, name):
    """Verilated model of Verilog files with `hub` on top, compiled for a shared library; returns the archive."""
    tools.run(["verilator", *VERILATE, *options, "--prefix", prefix, "--top-module", "hub", "--Mdir", folder, *files],
              folder.with_suffix(".verilator.log"), f"{name}: verilating")
    cache = shutil.which("ccache") or ""
    tools.run(["make", "-s", "-C", folder, "-f", f"{prefix}.mk", f"-j{jobs}", f"{prefix}__ALL.a", f"OBJCACHE={cache}",
               "OPT_FAST=-O0", "OPT_SLOW=-O0", "USER_CPPFLAGS=-std=c++17 -fPIC -fvisibility=hidden"],
              folder.with_suffix(".make.log"), f"{name}: compiling")
    return folder / f"{prefix}__ALL.a"


def link(archive, library, traced):
    root = verilator_root()
    sources = ["verilated.cpp", "verilated_threads.cpp"] + (["verilated_fst_c.cpp"] if traced else [])
    tools.run(["g++", "-std=c++17", "-O1", "-fPIC", "-fvisibility=hidden", "-shared", "-Wl,-Bsymbolic", "-I.",
               f"-I{archive.parent}", f"-I{root}/include", f"-I{root}/include/vltstd",
               *(["-DMOEHUB_GATES_WAVES", "-DVM_TRACE=1", "-DVM_TRACE_FST=1"] if traced else []),
               "tb/gates/library.cpp", *(f"{root}/include/{s}" for s in sources), archive, "-lpthread", "-lz",
               "-o", library], library.with_suffix(".link.log"), f"{library.name}: linking")


def netlist_files(parameters, out):
    """The mapped hub as Verilog, and what was read to make it."""
    work = flow.to_gates("hub", parameters, "hub-gates")
    cells = mapping.map_cells(work, "hub", liberty.files(os.environ.get("LIBERTY")), "gates")
    verilog, stamp = out / "hub.v", out / "hub.stamp"
    wanted = tools.digest(work / "mapped.il") + tools.digest(__file__)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        expand(work, "hub", cells, "addr_alloc", verilog, "gates")
        stamp.write_text(wanted, encoding="utf-8")
    return [verilog, out / "memories.v", Path("rtl/common/sram_1r1w.sv")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--waves", action="store_true", help="a library that can record every net")
    parser.add_argument("--rtl", action="store_true", help="the same hub as RTL: libhub_rtl.so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    parameters = tools.parameters_of("hub", CONFIG, CHANGES)
    out = tools.WORK / "gates"
    out.mkdir(parents=True, exist_ok=True)
    name = ("rtl" if arguments.rtl else "gates") + ("_waves" if arguments.waves else "")
    options = ["--trace-fst", "--trace-underscore"] if arguments.waves else []
    if arguments.rtl:
        files = [Path(p) for p in tools.sources()]
        options += ["-Irtl"] + [f"-G{key}={value}" for key, value in parameters.items()]
    else:
        files = netlist_files(parameters, out)
    library, stamp = out / f"libhub_{name}.so", out / f"{name}.stamp"
    wanted = " ".join(tools.digest(p) for p in [*files, Path(__file__), *(Path(p) for p in PORT)])
    if not library.exists() or not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        archive = verilate(out / f"verilated_{name}", "Vhub_gates", files, options, arguments.jobs, name)
        link(archive, library, arguments.waves)
        stamp.write_text(wanted, encoding="utf-8")
    print(library)
    return 0


if __name__ == "__main__":
    tools.main(main)
