"""What the synthesis scripts share: programs, sources, configurations, errors, running Yosys.

Standard library only. Everything is run from the repository's root; products lie under $BUILD/synth.
"""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Relative to ROOT: a Yosys in a sandbox sees nothing outside the repository.
BUILD = Path(os.path.relpath(ROOT / os.environ.get("BUILD", "build"), ROOT))
WORK = BUILD / "synth"

UNITS = ("dest_queue", "addr_alloc", "flow_sched", "hub_regs")
# What slang warns of beyond its defaults.
WARNINGS = ("-Wwidth-trunc", "-Wwidth-expand", "-Wport-width-trunc", "-Wport-width-expand", "-Wpedantic")
# Parameters of a unit that are called otherwise in rtl/hub.sv.
RENAMED = {"BANKS": "RAT_BANKS", "SETS": "RAT_SETS", "WAYS": "RAT_WAYS"}


class ToolError(Exception):
    """Bad usage, bad input or a missing program: one line, exit status 2."""


class CheckError(Exception):
    """The design fails a check: one line, exit status 1."""


def main(function):
    """Runs function() in the repository's root; turns errors into one line and an exit status."""
    os.chdir(ROOT)
    try:
        sys.exit(function())
    except CheckError as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        sys.exit(1)
    except ToolError as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def progress(text):
    """One line that is overwritten on a terminal; nothing in a pipe."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


# ---- programs ------------------------------------------------------------------------------------------

def program(name, package):
    found = shutil.which(name)
    if not found:
        raise ToolError(f"{name}: the program was not found; scripts/deps.sh --synth installs it (package {package})")
    return found


def slang_yosys():
    """The Yosys that reads SystemVerilog: the user's own, else the pinned one (scripts/yosys.sh)."""
    found = subprocess.run(["scripts/yosys.sh", "--find"], capture_output=True, text=True, check=False)
    if found.returncode:
        raise ToolError(found.stderr.strip())
    return found.stdout.strip()


def mapping_yosys():
    """Any Yosys on PATH, for what needs no slang: it is several times as fast as one in a sandbox."""
    return shutil.which("yosys") or slang_yosys()


def version_of(yosys):
    done = subprocess.run([yosys, "-V"], capture_output=True, text=True, check=False)
    return re.sub(r" \(git sha1 (\w+).*", r" (\1)", done.stdout.strip().split("\n")[-1])


def abc():
    return shutil.which("yosys-abc") or program("berkeley-abc", "berkeley-abc")


def package_version(package):
    """Of a Debian package; "unknown" elsewhere."""
    if not shutil.which("dpkg-query"):
        return "unknown"
    done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def run(command, log, what, checks_design=False):
    """Runs a program, its output in `log`; a failure names the log's first error.

    With `checks_design` an ERROR in the log is the design's fault, not the tool's.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.time()
    with open(log, "w", encoding="utf-8") as file:
        child = subprocess.Popen([str(c) for c in command], stdout=file, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    status = child.wait(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    progress(f"{what}: {time.time() - started:.0f} s")
        except BaseException:
            child.kill()
            child.wait()
            raise
    progress("")
    if status:
        text = log.read_text(encoding="utf-8", errors="replace")
        errors = [line for line in text.splitlines() if re.search(r"error", line, re.I)] or text.splitlines()[-1:]
        fault = CheckError if checks_design and "ERROR: " in text else ToolError
        raise fault(f"{what} failed: {errors[0].strip() if errors else 'no output'} (see {log})")
    return time.time() - started


# ---- sources and configurations --------------------------------------------------------------------------

def sources():
    """Packages first, shared ones before those of a unit; then every module."""
    top = sorted(Path("rtl").glob("*_pkg.sv"))
    inner = sorted(set(Path("rtl").rglob("*_pkg.sv")) - set(top))
    modules = sorted(p for p in Path("rtl").rglob("*.sv") if not p.name.endswith("_pkg.sv"))
    return [str(p) for p in top + inner + modules]


def module_parameters(module):
    """Names and defaults of a module's integer parameters, in order."""
    files = list(Path("rtl").rglob(f"{module}.sv"))
    if not files:
        raise ToolError(f"no module {module} under rtl/; units are {', '.join(UNITS)} and hub")
    text = files[0].read_text(encoding="utf-8")
    return {name: int(value) for name, value in
            re.findall(r"^\s*parameter\s+int\s+unsigned\s+(\w+)\s*=\s*(\d+)", text, re.M)}


def configurations():
    """rtl/configurations.txt: name -> parameters of rtl/hub.sv, defaults filled in."""
    result = {}
    for line in Path("rtl/configurations.txt").read_text(encoding="utf-8").splitlines():
        fields = line.split("#")[0].split()
        if fields:
            result[fields[0]] = dict(module_parameters("hub"))
            for field in fields[1:]:
                name, value = field.split("=")
                result[fields[0]][name] = int(value)
    return result


def parameters_of(unit, config, overrides=()):
    """Parameters of `unit` (or hub) in a named configuration; overrides are NAME=VALUE of rtl/hub.sv."""
    known = configurations()
    if config not in known:
        raise ToolError(f"no configuration {config} in rtl/configurations.txt; known: {', '.join(known)}")
    hub = dict(known[config])
    for override in overrides:
        name, _, value = override.partition("=")
        if name not in hub or not value.isdigit():
            raise ToolError(f"{override}: expected NAME=NUMBER with a parameter of rtl/hub.sv ({', '.join(hub)})")
        hub[name] = int(value)
    if unit == "hub":
        return hub
    result = {}
    for name in module_parameters(unit):
        if name == "REFUSALS":  # as rtl/hub.sv wires it
            result[name] = 3 * hub["LANES"] + 1
        else:
            result[name] = hub[RENAMED.get(name, name)]
    return result


def read_slang(top, parameters):
    """The Yosys command that reads the RTL with `top` in the given parameters; `proc` is left to what follows."""
    values = "".join(f" -G {name}={value}" for name, value in parameters.items())
    return (f"read_slang --threads 1 --no-proc {' '.join(WARNINGS)} -D SYNTHESIS -I rtl --keep-hierarchy --top {top}{values} "
            f"{' '.join(sources())}")
