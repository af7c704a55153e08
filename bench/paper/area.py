"""Area of the hub at 7 nm with another parameter: the estimate of docs/synthesis.md for `paper` (middle), its parts scaled
by the number of what they are made of. A first order: what grows faster than its count (crossbars between lanes) is not seen.
"""
import os
import re

import experiments as ex

PAGE = os.path.join(ex.ROOT, "docs", "synthesis.md")
# The configuration of the estimate, and what each part is proportional to. Parts that are not here stay as they are.
PAPER = {"hub.lanes": 4, "hub.entries": 64, "hub.rat_entries": 16384, "hub.outstanding": 256}
PARTS = {"merge buffers": "hub.entries", "keys of merge buffers": "hub.entries", "row table": "hub.rat_entries",
         "outstanding writes": "hub.outstanding", "ingress windows": "hub.lanes", "store queues": "hub.lanes"}
# Of a unit's logic, blocks that are not one a lane.
BLOCKS = {"dest_queue": {"merge_entries": "hub.entries"}, "addr_alloc": {"alloc_bank": None}, "flow_sched": {},
          "hub_regs": {"hub_regs": None}}


def block(name):
    with open(PAGE, encoding="utf-8") as file:
        found = re.search(rf"<!-- {name}: begin -->\n```\n(.*?)```", file.read(), re.DOTALL)
    return found[1].splitlines()


def number(text):
    return float(text.replace(" ", ""))


def parts():
    """Name -> square millimetres of a part of the hub, middle; and gates of each unit's logic."""
    areas, gates = {}, {}
    for line in block("synth_estimate")[1:]:
        found = re.match(r"(.+?)  +(.*?) +[\d.]+ +([\d.]+) +[\d.]+$", line)
        if found and found[1] != "hub":
            areas[found[1]] = float(found[3])
            if found[1].startswith("logic of "):
                gates[found[1][9:]] = number(re.split(r"  +", found[2].strip())[0])
    return areas, gates


def block_gates():
    return {fields[0]: number(fields[3]) for fields in (re.split(r"  +", line) for line in block("synth_blocks")[1:])}


def mm2(**changed):
    """Of `paper` with other values of hub.* keys."""
    def scale(key):
        return changed.get(key, PAPER[key]) / PAPER[key] if key else 1
    areas, gates = parts()
    of_block = block_gates()
    total = 0
    for name, area in areas.items():
        unit = name.removeprefix("logic of ")
        if unit == name:
            total += area * scale(PARTS.get(name))
            continue
        rest = 1.0
        for part, key in BLOCKS[unit].items():
            share = of_block[part] / gates[unit]
            total += area * share * scale(key)
            rest -= share
        total += area * rest * scale("hub.lanes")
    return total
