"""Mutants of rtl/common fare as mutants.csv says, docs/verification.md shows that file, and differences are seen."""
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["MOEHUB_SOURCE"])
BUILD = pathlib.Path(os.environ["MOEHUB_BUILD"])
PYTHON = SOURCE / "build" / "venv" / "bin" / "python"
MODULES = sorted(path.stem for path in (SOURCE / "rtl" / "common").glob("*.sv"))
PAGE = SOURCE / "docs" / "verification.md"
ROWS = SOURCE / "scripts" / "mutate" / "mutants.csv"


def check(page=PAGE, rows=ROWS):
    done = subprocess.run([PYTHON, "scripts/mutate/mutate.py", "--check", page, "--rows", rows, *MODULES], cwd=SOURCE,
                          env={**os.environ, "BUILD": str(BUILD)}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def must_refuse(what, why, **changed):
    status, said = check(**changed)
    if status != 1 or why not in said:
        print(f"{what} was not refused:\n{said}")
        sys.exit(1)
    print(f"ok: refused {what}")


def main():
    if not PYTHON.exists() or subprocess.run([PYTHON, "-c", "import pyslang"], capture_output=True, check=False).returncode:
        print("no slang for Python: scripts/deps.sh --mutate installs it")
        return 77
    status, said = check()
    print(said)
    if status:
        return status
    wrong = pathlib.Path("wrong").resolve()
    page = PAGE.read_text(encoding="utf-8")
    wrong.write_text(re.sub(r"^(common .*)\b(\d+\.\d) %$", r"\1 99.9 %", page, count=1, flags=re.M), encoding="utf-8")
    must_refuse("a page with another score", "does not show what", page=wrong)
    rows = ROWS.read_text(encoding="utf-8")
    wrong.write_text(re.sub(r"^(common/fifo.sv.*),killed,.*$", r"\1,survived,", rows, count=1, flags=re.M), encoding="utf-8")
    must_refuse("a mutant that is said to survive", "but survived in", rows=wrong)
    wrong.write_text(rows + "common/fifo.sv,1,value,a,b,0123456789,killed,\n", encoding="utf-8")
    must_refuse("a mutant that is not there", "not in the RTL any more", rows=wrong)
    return 0


sys.exit(main())
