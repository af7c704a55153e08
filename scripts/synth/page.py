"""The tables of docs/synthesis.md: text made of results, and the page that holds it.

Every table is a block between `<!-- synth_NAME: begin -->` and `<!-- synth_NAME: end -->`. `make synth DOCS=1` writes
them all; `make synth-check` makes those anew that are quick to make, and compares.
"""
import difflib
import re
from pathlib import Path

import estimate
import tools

PAGE = Path("docs/synthesis.md")


# ---- the page ------------------------------------------------------------------------------------------------------

def block(name):
    return re.compile(rf"(<!-- synth_{name}: begin -->\n```\n)(.*?)(```\n<!-- synth_{name}: end -->)", re.S)


def shown(name, file=PAGE):
    """What the page shows under this name."""
    found = block(name).search(file.read_text(encoding="utf-8"))
    if not found:
        raise tools.ToolError(f"{file}: no place for the table {name}")
    return found[2]


def update(name, text):
    """Writes a table into the page; says so when the page has no place for it."""
    page, count = block(name).subn(lambda found: found[1] + text + found[3], PAGE.read_text(encoding="utf-8"))
    if count > 1:
        raise tools.ToolError(f"{PAGE}: {count} places for the table {name}")
    if not count:
        print(f"{PAGE}: no place for the table {name}")
    PAGE.write_text(page, encoding="utf-8")


def difference(name, text, file=PAGE):
    """Lines of a diff between the page and a table made now; none when they are equal."""
    return list(difflib.unified_diff(shown(name, file).splitlines(True), text.splitlines(True), str(file),
                                     f"{name}, now", n=0))


# ---- the tables ----------------------------------------------------------------------------------------------------

def number(value):
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)


HEAD = (f"{'cells':>11}{'flops':>10}{'SRAM bits':>12}{'area mm2':>10}{'gates':>12}{'flops %':>9}{'Fmax MHz':>10}"
        f"{'depth':>7}\n")


def row(entry):
    share = round(100 * entry["flop_gates"] / entry["gates"]) if entry["gates"] else 0
    return (f"{number(entry['cells']):>11}{number(entry['flops']):>10}{number(entry['sram_bits']):>12}"
            f"{entry['area_um2'] / 1e6:>10.3f}{number(entry['gates']):>12}{share:>9}{entry.get('fmax_mhz', '-'):>10}"
            f"{entry.get('depth', '-'):>7}\n")


def parameters(values):
    return " ".join(f"{name}={value}" for name, value in values.items())


def units(result):
    """The table of one configuration: units, then their worst paths by name."""
    text = f"{result['name']}: {parameters(result['parameters'])}\n"
    text += f"checks: {result['checks']}\n\n{'':12}{HEAD}"
    for unit, entry in result["units"].items():
        text += f"{unit:12}{row(entry)}"
    text += "\nslowest path of each unit (OpenSTA), cells in it\n"
    for unit, entry in result["units"].items():
        if "path_from" in entry and unit != "hub":
            text += f"{unit:12}{entry['path_cells']:>4}  {entry['path_from']}\n{'':18}-> {entry['path_to']}\n"
    if any("deep_from" in entry for entry in result["units"].values()):
        text += "\ndeepest path of each unit, levels of two-input gates\n"
        for unit, entry in result["units"].items():
            if "deep_from" in entry:
                text += f"{unit:12}{entry['depth']:>4}  {entry['deep_from']}\n{'':18}-> {entry['deep_to']}\n"
    return text


def largest(result, count=12):
    """The blocks of a configuration that hold most gates themselves."""
    rows = [(entry["own_gates"] * entry["instances"], module, entry) for module, entry in result["blocks"].items()]
    rows.sort(key=lambda r: (-r[0], r[1]))
    total = sum(r[0] for r in rows) or 1
    text = f"{'block':22}{'instances':>11}{'gates each':>12}{'gates':>12}{'of hub %':>10}\n"
    for gates, module, entry in rows[:count]:
        text += (f"{module:22}{entry['instances']:>11}{number(entry['own_gates']):>12}{number(gates):>12}"
                 f"{100 * gates / total:>10.1f}\n")
    return text


def sweep(points):
    """Points of the sweep: (what changed, unit, entry)."""
    text = f"{'':30}{'unit':11}{HEAD}"
    for label, unit, entry in points:
        text += f"{label:30}{unit:11}{row(entry)}"
    return text


# Modules that hold memories, and what for.
CONTENTS = {"alloc_bank": "row table", "merge_slice": "merge buffers", "merge_keys": "keys of merge buffers",
            "request_lane": "store queues", "alloc_writer": "ingress windows", "alloc_acks": "outstanding writes",
            "row_counts": "row counters", "owner_table": "owners of tiles", "tile_table": "tile table"}


def estimate_7nm(result):
    """Area at 7 nm of what a configuration holds."""
    def line(what, bits, gates, flops, area):
        columns = "".join(f"{number(value) if value else '':>{width}}" for value, width in
                          ((bits, 12), (gates, 12), (flops, 10)))
        return f"{what:26}{columns}" + "".join(f"{a:>9.3f}" for a in area) + "\n"

    text = (f"{result['name']:26}{'SRAM bits':>12}{'gates':>12}{'flops':>10}{'mm2: low':>9}{'middle':>9}{'high':>9}\n")
    areas = []
    for module, bits in sorted(result["memories"].items(), key=lambda item: (-item[1], item[0])):
        areas.append(estimate.memory(bits))
        text += line(CONTENTS.get(module, module), bits, 0, 0, areas[-1])
    for unit, entry in result["units"].items():
        if unit != "hub":
            areas.append(estimate.logic(entry["gates"], entry["flop_gates"], entry["flops"]))
            text += line(f"logic of {unit}", 0, entry["gates"], entry["flops"], areas[-1])
    hub = result["units"]["hub"]
    text += line("hub", hub["sram_bits"], hub["gates"], hub["flops"], estimate.total(*areas))
    return text + f"{'the paper':26}{'':34}{'':9}{estimate.PAPER_MM2:>9.3f}\n"


def versions():
    """The tools that the figures depend on."""
    return (f"reading RTL, gates    {tools.version_of(tools.slang_yosys())}\n"
            f"mapping, depth        {tools.version_of(tools.mapping_yosys())} and its abc\n"
            f"timing                OpenSTA {tools.package_version('opensta')}\n"
            f"cells                 OSU018, qflow-tech-osu018 {tools.package_version('qflow-tech-osu018')}\n")
