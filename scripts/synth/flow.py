"""From RTL to gates: what every synthesis script starts from.

elaborate()  slang reads the hub (or one module); equal modules are merged (dedupe.py)       merged.il
to_gates()   every distinct module, once, to two-input gates, multiplexers and flops         gates.il, gates.blif

A folder under $BUILD/synth holds the products of one top and one set of parameters. It is used again while
nothing has changed that they were made from.
"""
import hashlib
import json
from pathlib import Path

import dedupe
import tools


def fingerprint(top, parameters, sources):
    """Of everything that the products are made from."""
    digest = hashlib.sha256(json.dumps([top, parameters, tools.version_of(tools.slang_yosys())]).encode())
    for path in sources + sorted(str(p) for p in Path("rtl").rglob("*.svh")) + \
            [str(Path(__file__).parent / name) for name in ("flow.py", "dedupe.py", "tools.py")]:
        digest.update(path.encode() + b"\0" + Path(path).read_bytes())
    return digest.hexdigest()


def elaborate(top, parameters, name, keep_sram=False):
    """Reads the RTL; returns the folder of its products. With `keep_sram` memories keep their contents."""
    work = tools.WORK / name
    stamp = work / "stamp"
    print_of = fingerprint(top, [parameters, keep_sram], tools.sources())
    if stamp.exists() and stamp.read_text(encoding="utf-8") == print_of:
        return work
    work.mkdir(parents=True, exist_ok=True)
    for old in work.iterdir():
        if old.is_file():
            old.unlink()
    script = work / "elaborate.ys"
    script.write_text(f"{tools.read_slang(top, parameters)}\n"
                      f"delete t:$scopeinfo\nwrite_rtlil {work}/elaborated.il\n", encoding="utf-8")
    tools.run([tools.slang_yosys(), "-Q", "-T", "-s", script], work / "elaborate.log", f"{name}: reading RTL",
              checks_design=True)
    dedupe.merge_file(work / "elaborated.il", work / "merged.il", keep_sram)
    (work / "elaborated.il").unlink()
    stamp.write_text(print_of, encoding="utf-8")
    return work


# Adders become Sklansky trees: least depth, and fewer gates than Kogge-Stone; sums of many numbers become trees
# of full adders. Arrays that are read at an address beyond their end give x there, hence -undriven -mux_undef.
# `check` before that looks at single modules, with memories' outputs as the only nets without driver; loops
# through several modules are found by netlist.py.
GATES = """
read_rtlil {work}/merged.il
hierarchy -check -top {top}
proc
opt_expr
opt_clean
select -assert-none t:$dlatch t:$adlatch t:$dlatchsr
opt_reduce
opt -nodffe -nosdff
peepopt
opt_clean
alumacc
maccmap
opt_expr
memory -nordff -nomap
tee -q -o {work}/arrays.txt dump t:$mem_v2
memory_map
opt_clean
techmap -map +/choices/sklansky.v -map +/techmap.v
simplemap
tee -q -o {work}/check.txt check
opt_expr -undriven -mux_undef
opt_clean
dffunmap
opt_expr
opt_merge
opt_clean
write_rtlil {work}/gates.il
rename -enumerate
write_blif -icells -cname {work}/gates.blif
"""


def count_cells(netlist, target):
    """What `stat -json` would say of an RTLIL file; that of Yosys 0.23 is no JSON when modules are nested."""
    modules, cells = {}, {}
    with open(netlist, encoding="utf-8") as file:
        for line in file:
            if line.startswith("  cell "):
                kind = line.split(" ", 4)[3]
                cells[kind] = cells.get(kind, 0) + 1
            elif line.startswith("module "):
                cells = modules.setdefault(line.split()[1], {"num_cells_by_type": {}})["num_cells_by_type"]
    modules = {name: entry for name, entry in modules.items() if entry["num_cells_by_type"]}   # no black boxes
    target.write_text(json.dumps({"modules": modules}, indent=1), encoding="utf-8")


def to_gates(top, parameters, name):
    """Gates of every distinct module; returns the folder."""
    work = elaborate(top, parameters, name)
    if not (work / "gates.json").exists():
        script = work / "gates.ys"
        script.write_text(GATES.format(work=work, top=top), encoding="utf-8")
        tools.run([tools.slang_yosys(), "-Q", "-T", "-s", script], work / "gates.log", f"{name}: RTL to gates",
                  checks_design=True)
        count_cells(work / "gates.il", work / "gates.json")
    return work
