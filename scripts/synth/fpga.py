#!/usr/bin/env python3
"""The hub in an FPGA: resources of each unit in a Lattice ECP5. Part of `make synth`.

    scripts/synth/fpga.py [CONFIG]      (small)

Yosys's synth_ecp5 with the units kept, memories in block RAM or LUT RAM as it sees fit. Clock gates become wires, as
rtl/common/clock_gate.sv says. No package has pins for a hub: shift registers around it take their place, and so every
path of the hub has a flop at both ends. They count in no table but that of place.py, which takes the netlist from here.
"""
import argparse
import json
import re

import flow
import tools

# Resource -> cells of the ECP5 that are it.
RESOURCES = {"LUT4": ("LUT4",), "carry": ("CCU2C",), "mux": ("PFUMX", "L6MUX21"), "flops": ("TRELLIS_FF",),
             "LUT RAM": ("TRELLIS_DPR16X4",), "block RAM": ("DP16KD", "PDPW16KD"), "multipliers": ("MULT18X18D",)}

PORT = re.compile(r"^  wire (?:width (\d+) )?(input|output) \d+ \\(\w+)$", re.M)
HARNESS = """module clock_gate (input clk_i, input rst_ni, input on_i, output clk_o);
  assign clk_o = clk_i;
endmodule

module fpga (input clk, input rst_n, input shift, input [31:0] in, output [31:0] out);
  reg [{inputs}-1:0] to_hub;
  reg [{outputs}-1:0] from_hub;
  wire [{outputs}-1:0] driven;
  assign out = from_hub[31:0];
  always @(posedge clk) to_hub <= {{to_hub, in}};
  always @(posedge clk) from_hub <= shift ? from_hub >> 32 : driven;
  hub u_hub (.clk_i(clk), .rst_ni(rst_n){ports});
endmodule
"""

SCRIPT = """
read_rtlil {work}/merged.il
delete clock_gate
read_verilog {work}/harness.v
hierarchy -check -top fpga
setattr -mod -set keep_hierarchy 1 hub {units}
synth_ecp5 -top fpga -json {work}/fpga-netlist.json
tee -q -o {work}/fpga.json stat -json
"""


def harness(merged):
    """Verilog around the hub of an RTLIL file: an input is a flop of one shift register, an output goes into another.

    Both move 32 bits at a time: as one chain they exhaust the stack of a Yosys in a sandbox.
    """
    text = merged.read_text(encoding="utf-8")
    text = text[text.index("\nmodule \\hub\n"):]
    used, ports = {"input": 0, "output": 0}, ""
    for width, direction, name in PORT.findall(text[:text.index("\nend\n")]):
        if name not in ("clk_i", "rst_ni"):
            register = "to_hub" if direction == "input" else "driven"
            ports += f",\n    .{name}({register}[{used[direction]} +: {width or 1}])"
            used[direction] += int(width or 1)
    return HARNESS.format(inputs=used["input"], outputs=used["output"], ports=ports)


def resources(work):
    """unit or hub -> resource -> how many, all levels together."""
    modules = json.loads((work / "fpga.json").read_text(encoding="utf-8"))["modules"]

    def total(module):
        found = {}
        for kind, n in modules[module]["num_cells_by_type"].items():
            inside = total("\\" + kind) if "\\" + kind in modules else total(kind) if kind in modules else {kind: 1}
            for cell, count in inside.items():
                found[cell] = found.get(cell, 0) + n * count
        return found

    result = {}
    for unit in tools.UNITS + ("hub",):
        cells = total("\\" + unit)
        result[unit] = {what: sum(cells.get(kind, 0) for kind in kinds) for what, kinds in RESOURCES.items()}
    return result


def netlist(config):
    """Folder with the netlist in cells of the ECP5, fpga-netlist.json; made unless it is that of this RTL and script."""
    work = flow.elaborate("hub", tools.parameters_of("hub", config), f"fpga-{config}", keep_sram=True)
    script, text = work / "fpga.ys", SCRIPT.format(work=work, units=" ".join(tools.UNITS))
    around = harness(work / "merged.il")
    made = script.exists() and script.read_text(encoding="utf-8") == text and \
        (work / "harness.v").read_text(encoding="utf-8") == around
    if not made or not (work / "fpga.json").exists():
        (work / "fpga.json").unlink(missing_ok=True)
        (work / "harness.v").write_text(around, encoding="utf-8")
        script.write_text(text, encoding="utf-8")
        tools.run([tools.slang_yosys(), "-Q", "-T", "-s", script], work / "fpga.log", f"{config}: cells of an FPGA")
    return work


def table(config, found):
    text = f"{config + ', ECP5':14}" + "".join(f"{what:>12}" for what in RESOURCES) + "\n"
    for unit, counts in found.items():
        text += f"{unit:14}" + "".join(f"{counts[what]:>12}" for what in RESOURCES) + "\n"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", nargs="?", default="small")
    arguments = parser.parse_args()
    print(table(arguments.config, resources(netlist(arguments.config))), end="")
    return 0


if __name__ == "__main__":
    tools.main(main)
