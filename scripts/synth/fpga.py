#!/usr/bin/env python3
"""The hub in an FPGA: resources of each unit in a Lattice ECP5. Part of `make synth`.

    scripts/synth/fpga.py [CONFIG]      (small)

Yosys's synth_ecp5 with the hierarchy kept, memories in block RAM or LUT RAM as it sees fit. Clock gates stay as they are in
the RTL; an FPGA would take the clock enables of its flops.
"""
import argparse
import json

import flow
import tools

# Resource -> cells of the ECP5 that are it.
RESOURCES = {"LUT4": ("LUT4",), "carry": ("CCU2C",), "mux": ("PFUMX", "L6MUX21"), "flops": ("TRELLIS_FF",),
             "LUT RAM": ("TRELLIS_DPR16X4",), "block RAM": ("DP16KD", "PDPW16KD"), "multipliers": ("MULT18X18D",)}

SCRIPT = """
read_rtlil {work}/merged.il
hierarchy -check -top hub
setattr -mod -set keep_hierarchy 1 {units}
synth_ecp5 -top hub -noabc9 -json {work}/hub.json
tee -q -o {work}/fpga.json stat -json
"""


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


def synthesise(config):
    work = flow.elaborate("hub", tools.parameters_of("hub", config), f"fpga-{config}", keep_sram=True)
    if not (work / "fpga.json").exists():
        script = work / "fpga.ys"
        script.write_text(SCRIPT.format(work=work, units=" ".join(tools.UNITS)), encoding="utf-8")
        tools.run([tools.slang_yosys(), "-Q", "-T", "-s", script], work / "fpga.log", f"{config}: FPGA")
    return resources(work)


def table(config, found):
    text = f"{config + ', ECP5':14}" + "".join(f"{what:>12}" for what in RESOURCES) + "\n"
    for unit, counts in found.items():
        text += f"{unit:14}" + "".join(f"{counts[what]:>12}" for what in RESOURCES) + "\n"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", nargs="?", default="small")
    arguments = parser.parse_args()
    print(table(arguments.config, synthesise(arguments.config)), end="")
    return 0


if __name__ == "__main__":
    tools.main(main)
