"""Whether a mutant is equivalent to the original, by proof where that is cheap.

Yosys reads the module twice, as it is and with the mutant, at its default parameters, pairs flops and signals by name and
proves by induction that both do the same in every cycle if they start in the same state, for every input and every
state. No answer means nothing: a mutant may be equivalent because some states are never reached.
"""
import subprocess
from pathlib import Path

LIMIT_S = 120
STEPS = 3
READ = """
read_slang --threads 1 -D SYNTHESIS -I {folder} --top {module} {files}
hierarchy -check -top {module}
proc
flatten
memory_map
opt_clean
rename -top {name}
design -stash {name}
"""
COMPARE = """
design -copy-from gold -as gold gold
design -copy-from gate -as gate gate
equiv_make gold gate equiv
prep -top equiv
async2sync
opt_clean
equiv_simple -undef -seq 1
equiv_induct -undef -seq {steps}
equiv_status -assert
"""


def with_mutant(text, mutant):
    after = mutant.after if mutant.operator != "dropped" else ";"
    if mutant.operator != "dropped" and text[mutant.start - 1] != ".":
        after = f"({after})"
    return text[:mutant.start] + after + text[mutant.end:]


def proved(mutant, work):
    """True when Yosys proves it to change nothing."""
    folder = work / mutant.key
    script = ""
    for name in ("gold", "gate"):
        packages, modules = [], []
        for path in sorted(Path("rtl").rglob("*.sv*")):
            copy = folder / name / path.relative_to("rtl")
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            changed = name == "gate" and str(path.relative_to("rtl")) == mutant.file
            copy.write_text(with_mutant(text, mutant) if changed else text, encoding="utf-8")
            if path.suffix == ".sv":
                (packages if path.stem.endswith("_pkg") else modules).append(str(copy))
        packages.sort(key=lambda file: file.count("/"))
        script += READ.format(folder=folder / name, module=Path(mutant.file).stem, name=name,
                              files=" ".join(packages + modules))
    (folder / "prove.ys").write_text(script + COMPARE.format(steps=STEPS), encoding="utf-8")
    with open(folder / "prove.log", "w", encoding="utf-8") as log:
        try:
            done = subprocess.run(["scripts/yosys.sh", "-Q", "-T", "-s", folder / "prove.ys"], stdout=log, stderr=log,
                                  timeout=LIMIT_S, check=False)
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0
