#!/usr/bin/env python3
"""Power of the hub at work: what switches in the mapped netlist, by unit and packet, and what that takes. `make power`.

    scripts/synth/power.py [RUN] [--docs]      RUN is default or gates

A run of the program with the hub's RTL records every flop, memory output and input of one hub for some microseconds;
the logic of the netlist is computed from them (activity.py), each flop is checked, and switches become energy
(energy.py).
`gates` is the small hub of sim/systems/gates.toml, which takes a minute or two to map where `default` takes ten.
--docs writes the table into docs/synthesis.md.

Exit status: 0; 1 when the netlist does otherwise than the RTL; 2 when a tool is missing or stops.
Environment: BUILD (build).
"""
import argparse
import os

import activity
import energy
import flow
import gates
import liberty
import mapping
import page
import signals
import tools
import waveform

# name -> (configuration and changes, arguments of `moehub run`, microseconds to record)
RUNS = {
    "default": (("default", ()), "--system dgx-h800 --model qwen3-30b-a3b --routing like:qwen3-30b-a3b-prefill "
                                 "--layers 0:1 --tokens 64", "6:12"),
    "gates": ((gates.CONFIG, gates.CHANGES), "--system gates --model gpt-oss-20b --routing like:gpt-oss-20b-decode "
                                             "--layers 0:1 --tokens 12", "20:22"),
}
# Whom a packet costs: unit -> (what it is, handshake by which it is counted).
PACKETS = {"dest_queue": ("sent", ("tx_tvalid_o", "tx_tready_i")),
           "addr_alloc": ("received", ("rx_tvalid_i", "rx_tready_o")),
           "flow_sched": ("written", ("m_bvalid_i", "m_bready_o"))}


def record(name, parameters, arguments, window):
    """Waveform of the RTL in these parameters, every signal in it."""
    out = tools.WORK / "power" / name
    out.mkdir(parents=True, exist_ok=True)
    quiet, library, wave, stamp = (out / f for f in ("quiet.vlt", "libhub_traced.so", "hub.fst", "stamp"))
    wanted = " ".join([arguments, window, *(tools.digest(p) for p in [*tools.sources(), __file__, gates.__file__,
                                                                      *gates.PORT])])
    if wave.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return wave
    # Memories have their contents to themselves, and their outputs are signals of who holds them.
    quiet.write_text('`verilator_config\ntracing_off -file "*/sram_1r1w.sv"\n', encoding="utf-8")
    archive = gates.verilate(out / "verilated", "Vhub_gates", [quiet, *tools.sources()],
                             ["--trace-fst", "--trace-max-width", "0", "--trace-max-array", "1024", "-Irtl",
                              *(f"-G{key}={value}" for key, value in parameters.items())], os.cpu_count(), name)
    gates.link(archive, library, True)
    os.environ["MOEHUB_GATES"] = str(library)
    program = tools.BUILD / "moehub"
    if not program.exists():
        raise tools.ToolError(f"{program}: no such program; `make program` builds it")
    tools.run([program, "run", *arguments.split(), "--hub", "gates", "--flow", "moehub", "--quiet",
               "--out", out / "run", "--waves", wave, "--waves-window", window], out / "run.log", f"{name}: running")
    stamp.write_text(wanted, encoding="utf-8")
    return wave


def handshakes(wave, names):
    return sum((valid & ready).bit_count() for valid, ready in zip(*map(wave.of, names)))


HEAD = (f"{'':12}{'switching':>10}{'clocked':>9}{'SRAM bits':>11}{'mW at 1 GHz':>19}{'pJ a packet':>44}\n"
        f"{'':12}{'% of nets':>10}{'% flops':>9}{'a cycle':>11}{'logic':>8}{'flops':>7}{'clock':>7}{'SRAM':>7}"
        f"{'low':>8}{'middle':>8}{'high':>7}{'low':>8}{'middle':>8}{'high':>7}\n")


def rows(found, cycles, packets):
    """A row for each unit. pJ a cycle are mW at 1 GHz."""
    def three(values):
        return "".join(f"{value:>{width}.0f}" for value, width in zip(values, (8, 8, 7)))

    text = ""
    for unit in (*tools.UNITS, "hub"):
        one = found[unit]
        parts = one.at_7nm()
        total = [sum(values) / cycles for values in zip(*parts.values())]
        text += (f"{unit:12}{100 * one.switches / one.nets / cycles:>10.1f}"
                 f"{100 * one.clocked / one.flops / cycles:>9.0f}{page.number(round(one.bits / cycles)):>11} ")
        text += "".join(f"{parts[kind][1] / cycles:>7.1f}" for kind in energy.KINDS) + three(total)
        text += three(value * cycles / packets[unit] for value in total) if packets.get(unit) else ""
        text += "\n"
    return text


def memories(measured, packets):
    """What the memories hold, and the bits that they read and write."""
    held = energy.bits_by_holder(measured)
    text = f"{'bits read and written':24}{'a cycle':>10}{'a packet':>10}\n"
    for module, bits in sorted(held.items(), key=lambda item: (-item[1], item[0])):
        text += (f"{page.CONTENTS.get(module, module):24}{page.number(round(bits / measured.wave.cycles)):>10}"
                 f"{page.number(round(bits / packets)):>10}\n")
    return text


def table(name, measured):
    wave = measured.wave
    found = energy.accounts(measured, energy.read(tools.WORK / "cells.lib"))
    found["hub"].add_all(found[unit] for unit in tools.UNITS)
    packets = {unit: handshakes(wave, names) for unit, (_, names) in PACKETS.items()}
    moved = ", ".join(f"{packets[unit] / wave.cycles:.2f} {verb}" for unit, (verb, _) in PACKETS.items())
    packets["hub"] = packets["dest_queue"] + packets["addr_alloc"]
    (config, changes), arguments, window = RUNS[name]
    return (f"{' '.join([config, *changes])}: {arguments}\nfrom {window.replace(':', ' to ')} us, "
            f"{page.number(wave.cycles)} cycles; packets a cycle: {moved}\n\n"
            f"{HEAD}{rows(found, wave.cycles, packets)}\n{memories(measured, packets['hub'])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", nargs="?", default="default", choices=RUNS)
    parser.add_argument("--docs", action="store_true")
    arguments = parser.parse_args()
    name = arguments.run
    (config, changes), program_arguments, window = RUNS[name]
    parameters = tools.parameters_of("hub", config, changes)
    wave = waveform.Waveform(record(name, parameters, program_arguments, window))
    work = flow.to_gates("hub", parameters, f"hub-{name}")
    cells = mapping.map_cells(work, "hub", liberty.files(None), name)
    tools.progress(f"{name}: switching")
    netlist = activity.Flat(activity.read_netlist(work / "mapped.v"), "hub")
    ports = {signal for _, names in PACKETS.values() for signal in names}
    measured = activity.Activity(netlist, cells, wave, signals.Signals(work, wave.widths), ports)
    tools.progress("")
    text = table(name, measured)
    print(text)
    if arguments.docs:
        page.update("power", text)
    return 0


if __name__ == "__main__":
    tools.main(main)
