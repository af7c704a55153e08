"""Builds the unit tests on the RTL that holds the mutants, and runs them mutant by mutant until one fails."""
import functools
import hashlib
import math
import os
import resource
import subprocess
from dataclasses import dataclass

SEED = "1"                    # of the tests that draw one
MARGIN, FLOOR_S = 10, 2       # a test may take so many times what it takes without mutant, and at least so long
MEMORY = 4 << 30


def build(work, units, jobs):
    """Executables of the tests on the RTL of work/rtl, by unit."""
    folder = work / "build"
    log = work / "build.log"
    targets = ["rtl_" + unit for unit in units]
    with open(log, "w", encoding="utf-8") as file:
        for command in (["cmake", "-S", ".", "-B", folder, "-G", "Ninja", f"-DMOEHUB_RTL={(work / 'rtl').resolve()}",
                         "-DCMAKE_BUILD_TYPE=Release", "-DMOEHUB_TRACE_TESTS=OFF", f"-DMOEHUB_VERILATE_JOBS={jobs}"],
                        ["cmake", "--build", folder, "--parallel", str(jobs), "--target", *targets]):
            if subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False).returncode:
                raise RuntimeError(f"the tests do not build on the mutated RTL: {log}")
    return {unit: (folder / "tests" / target).resolve() for unit, target in zip(units, targets)}


@dataclass
class Verdict:
    killed: bool
    by: str      # the test, and how if it did not just fail


class Tests:
    """The tests of a unit, one process each, on one executable."""

    def __init__(self, program, folder, first):
        self.program, self.folder = program, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.fingerprint = hashlib.sha256(program.read_bytes()).hexdigest()[:16]
        names = self._names()
        self.names = [name for name in first if name in names]   # those that killed most before, of equal length
        self.names += [name for name in names if name not in self.names]
        self.limits = {}

    def _names(self):
        said = subprocess.run([self.program, "--gtest_list_tests"], capture_output=True, text=True, check=True,
                              cwd=self.folder).stdout
        names, suite = [], ""
        for line in said.splitlines():
            if line.startswith("  "):
                names.append(suite + line.split("#")[0].strip())
            elif line.split("#")[0].strip().endswith("."):
                suite = line.split("#")[0].strip()
        return names

    def _run(self, name, mutant, limit_s):
        """(exit status, negative for a signal, CPU seconds)."""
        environment = {**os.environ, "MOEHUB_MUTANT": str(mutant), "MOEHUB_SEED": SEED, "MOEHUB_WAVES": "/dev/null"}
        child = subprocess.Popen([self.program, f"--gtest_filter={name}"], env=environment, cwd=self.folder,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 preexec_fn=functools.partial(_limit, limit_s))
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return child.returncode, used.ru_utime + used.ru_stime

    def measure(self):
        """What each test takes without mutant; all of them must pass. The total, in seconds."""
        total = 0.0
        for name in self.names:
            status, seconds = self._run(name, 0, 600)
            if status:
                raise RuntimeError(f"{name} fails without mutant (exit status {status}): {self.program}")
            self.limits[name] = max(FLOOR_S, math.ceil(MARGIN * seconds))
            total += seconds
        self.names.sort(key=lambda name: self.limits[name])   # short ones first
        return total

    def judge(self, mutant, first=None):
        """Runs tests until one fails; `first` before the others."""
        names = ([first] if first in self.limits else []) + [name for name in self.names if name != first]
        for name in names:
            status, seconds = self._run(name, mutant, self.limits[name])
            if status:
                how = "" if status > 0 else " (time)" if seconds >= self.limits[name] - 0.5 else " (crash)"
                return Verdict(True, name + how)
        return Verdict(False, "")


def _limit(seconds):
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
