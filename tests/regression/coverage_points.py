#!/usr/bin/env python3
"""Must-hit points: they elaborate, docs/coverage.md lists them, and scripts/coverage.py names one that no test hits."""
import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(os.environ["MOEHUB_SOURCE"])
SCRIPT = SOURCE / "scripts" / "coverage.py"
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPT.parent))

import coverage  # noqa: E402


def run(*arguments):
    return subprocess.run([sys.executable, "-B", SCRIPT, *arguments], capture_output=True, text=True, check=False)


def count(folder, points):
    """A coverage file as Verilator writes it, with so many hits of each point."""
    folder.mkdir(exist_ok=True)
    lines = ["# SystemC::Coverage-3\n"]
    for (unit, module, name), hits in points.items():
        path = f"/x/tests/rtl/{unit}/some_points.sv"
        fields = {"f": path, "l": "1", "n": "1", "page": f"v_user/{module}_points__N4", "o": name, "h": "top.u"}
        lines.append("C '" + "".join(f"\1{key}\2{value}" for key, value in fields.items()) + f"' {hits}\n")
    (folder / "one.dat").write_text("".join(lines), encoding="utf-8")


def elaborates(folder):
    """What Verilator says of the points of a folder, bound to the first of its tops that hold each module."""
    rtl = SOURCE / "rtl"
    packages = sorted(rtl.glob("*_pkg.sv")) + sorted(rtl.glob("*/*_pkg.sv"))
    folders = [f"-I{path}" for path in [rtl, *sorted(path for path in rtl.iterdir() if path.is_dir()), SOURCE / "tb" / "formal"]]
    tops = sorted(folder.glob("top*.sv"))
    said = ""
    for top in tops if folder.name == "common" else tops[:1]:
        command = ["verilator", "--lint-only", "--assert", "--coverage-user", "-Wno-lint", "-Wno-style", "--top-module", top.stem,
                   *folders, *packages, top, *sorted(folder.glob("*_points.sv"))]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=SOURCE)
        said += f"{top}:\n{done.stderr}" if done.returncode else ""
    return said


def main():
    wrong = []
    for folder in sorted({path.parent for path in (SOURCE / "tests" / "rtl").glob("*/*_points.sv")}):
        wrong += [said for said in [elaborates(folder)] if said]

    def expect(what, condition, said):
        if not condition:
            wrong.append(f"{what}:\n{said.stdout}{said.stderr}")

    said = run("--check")
    expect("the page lists every point", said.returncode == 0, said)

    points = dict.fromkeys(coverage.declared(), 1)
    expect("there are points", len(points) > 100, said)
    count(Path("hit"), points)
    said = run("hit")
    expect("all hit", "not hit:" not in said.stdout and f"{len(points):5} of {len(points):4}" in said.stdout, said)

    first, last = list(points)[0], list(points)[-1]
    points[first] = 0            # counted and not hit
    del points[last]             # not even counted
    count(Path("missed"), points)
    said = run("missed")
    named = [f"not hit: {p.unit}: {p.module}.{p.name}" for p in (first, last)]
    expect("two are not", said.returncode == 1 and all(line in said.stdout for line in named), said)

    said = run("nowhere")
    expect("no coverage files", said.returncode == 2 and "no coverage files" in said.stderr, said)
    print("\n".join(wrong) if wrong else f"{len(points) + 1} points")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
