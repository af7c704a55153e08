"""One task of a .sby file: Yosys makes an AIGER of it, abc decides."""
import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import tools
import trace
from aiger import Aiger

FOLDER = Path("tb/formal")
WORK = tools.BUILD / "formal"

# covers.v: covers as assertions that they are never reached; resets.v: asynchronous resets as synchronous ones.
MAPS = [Path("scripts/formal/covers.v"), Path("scripts/formal/resets.v")]
# What sby does between its user's script and abc, for a single clock.
PREPARE = """
scc -select; simplemap; select -clear
memory_nordff
techmap -map resets.v
async2sync
chformal -lower
opt_clean
formalff -setundef -clk2ff -ff2anyinit -hierarchy
{covers}
opt_clean
check
setundef -undriven -anyseq
opt -fast
formalff -assume
flatten
setattr -unset keep
delete -output
opt -full
techmap
opt -fast
memory_map -formal
formalff -clk2ff -ff2anyinit
simplemap
dffunmap
aigmap
opt_clean
write_aiger -I -B -zinit -no-startoffset -map {name}.aim -ywmap {name}.ywa {name}.aig
"""


@dataclass
class Task:
    file: Path
    name: str              # file:task
    title: list            # the comment at the head of the file
    tags: set
    mode: str
    depth: int
    timeout: int           # seconds; 0: none
    engine: str            # pdr or bmc3
    script: list
    files: list


@dataclass
class Result:
    task: Task
    ok: bool
    count: int             # properties
    verdict: str
    seconds: float
    details: list = field(default_factory=list)


class Failed(Exception):
    """A property does not hold."""

    def __init__(self, result):
        super().__init__(result.verdict)
        self.result = result


# ---- .sby files ----------------------------------------------------------------------------------------------------

def sections(file):
    """Section -> lines, without comments; `[file NAME]` and Python blocks are not used here."""
    result, name = {}, None
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        line = line.split("#")[0].strip()
        heading = re.fullmatch(r"\[(\w+)\]", line)
        if heading:
            name = heading[1]
            result[name] = []
        elif line and name is None:
            raise tools.ToolError(f"{file}:{number}: text before the first section")
        elif line:
            result[name].append(line)
    for needed in ("tasks", "options", "engines", "script", "files"):
        if not result.get(needed):
            raise tools.ToolError(f"{file}: no section [{needed}], or an empty one")
    return result


def lines_for(lines, tags, known):
    """Lines without a prefix, and those whose `tag: ` is one of this task's."""
    result = []
    for line in lines:
        prefix = re.match(r"(\w+):\s+(.*)", line)
        if not prefix or prefix[1] not in known:
            result.append(line)
        elif prefix[1] in tags:
            result.append(prefix[2])
    return result


def tasks_of(file):
    text = sections(file)
    title = [line[2:] for line in re.match(r"(?:# .*\n)*", file.read_text(encoding="utf-8"))[0].splitlines()]
    rows = [line.split() for line in text["tasks"]]
    known = {word for words in rows for word in words}
    for name, *tags in rows:
        tags = {name, *tags}
        options = dict(line.split(None, 1) for line in lines_for(text["options"], tags, known))
        engines = lines_for(text["engines"], tags, known)
        mode = options.get("mode")
        if mode not in ("prove", "bmc", "cover") or len(engines) != 1:
            raise tools.ToolError(f"{file}: task {name} needs a mode (prove, bmc, cover) and one engine")
        engine = engines[0].replace("abc", "").split()
        if mode != "cover" and engine[0] != {"prove": "pdr", "bmc": "bmc3"}[mode]:
            raise tools.ToolError(f"{file}: task {name}: engine of mode {mode} is abc {engine[0]}, not known here")
        yield Task(file, f"{file.stem}:{name}", title, tags, mode, int(options.get("depth", 20)),
                   int(options.get("timeout", 0)), "bmc3" if mode == "cover" else " ".join(engine),
                   lines_for(text["script"], tags, known),
                   lines_for(text["files"], tags, known))


def all_tasks():
    files = sorted(FOLDER.glob("*.sby"))
    if not files:
        raise tools.ToolError(f"no .sby file in {FOLDER}")
    return [task for file in files for task in tasks_of(file)]


# ---- running -------------------------------------------------------------------------------------------------------

def copy_sources(task, source):
    shutil.rmtree(source.parent, ignore_errors=True)
    source.mkdir(parents=True)
    for name in task.files:
        file = task.file.parent / name
        if file.is_dir():
            shutil.copytree(file, source / file.name)
        elif file.exists():
            shutil.copy(file, source / file.name)
        else:
            raise tools.ToolError(f"{task.file}: no file {name}")
    for file in MAPS:
        shutil.copy(file, source)


def make_aiger(task, source):
    """design.aig in `source`; names of its properties, in order."""
    covers = ("chformal -assert -live -fair -remove; techmap -map covers.v" if task.mode == "cover"
              else "chformal -live -fair -cover -remove")
    script = "\n".join(task.script) + PREPARE.format(covers=covers, name="design")
    (source / "design.ys").write_text(script, encoding="utf-8")
    yosys = tools.slang_yosys()
    yosys = str(Path(yosys).resolve()) if "/" in yosys else yosys
    with open(source / "yosys.log", "w", encoding="utf-8") as log:
        done = subprocess.run([yosys, "-Q", "-T", "-s", "design.ys"], cwd=source, stdout=log, stderr=log, check=False)
    if done.returncode:
        text = (source / "yosys.log").read_text(encoding="utf-8")
        first = re.search(r"^.*(?:error|ERROR):.*$", text, re.M)
        raise tools.ToolError(f"{task.name}: {first[0] if first else 'Yosys stopped'} (see {source / 'yosys.log'})")
    paths = json.loads((source / "design.ywa").read_text(encoding="utf-8"))["asserts"]
    return [".".join(part.lstrip("\\") for part in path) for path in paths]


def run(task):
    started = time.monotonic()
    source = WORK / task.name.replace(":", "_") / "src"
    copy_sources(task, source)
    names = make_aiger(task, source)
    if not names:
        raise tools.ToolError(f"{task.name}: no property in it")
    # What holds of a graph is not asked again.
    question = [tools.digest(source / "design.aig"), task.mode, task.engine, task.depth]
    memory = source.parent.with_suffix(".json")
    if memory.exists():
        known = json.loads(memory.read_text(encoding="utf-8"))
        if known["question"] == question:
            return Result(task, True, len(names), known["verdict"], time.monotonic() - started, ["known from before"])
    result = {"prove": prove, "bmc": bound, "cover": cover}[task.mode](task, source, names)
    result.seconds = time.monotonic() - started
    if result.ok:
        memory.write_text(json.dumps({"question": question, "verdict": result.verdict}), encoding="utf-8")
    return result


def abc(source, name, commands):
    """Runs abc on `name`.aig; what it says is kept beside it."""
    script = "; ".join([f"read_aiger {name}.aig", "fold", "strash", *commands])
    done = subprocess.run([tools.abc(), "-q", script], cwd=source, capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    (source / f"{name}.log").write_text(text, encoding="utf-8")
    if done.returncode:
        raise tools.ToolError(f"{source / name}.log: abc ended with {done.returncode}")
    return text


def failure(task, source, name, text, which):
    """What abc found to fail, with a trace; `which`: names of the properties in `name`.aig."""
    found = re.search(r"Output\s+(\d+) of miter .* was asserted in frame\s+(\d+)", text)
    if not found:
        return None
    # Again in the whole graph: its inputs and latches are those that the trace names.
    abc(source, name, [f"bmc3 -F {int(found[2]) + 1}", "write_cex -a cex.aiw"])
    file = trace.write_vcd(source, f"{name}.aig", task.file.stem)
    return Result(task, False, 0, f"FAILS in cycle {found[2]}", 0, [which[int(found[1])], f"trace: {file}"])


def by_induction(source, steps):
    """Whether `one.aig` is proved by induction over some of these numbers of steps: inductive case, then base."""
    for step in steps:
        text = abc(source, "one", ["cone -s -O 0", "scleanup", f"ind -F {step} -T 20"])
        if "Networks are equivalent" in text:
            text = abc(source, "one", ["cone -s -O 0", "scleanup", f"bmc3 -F {step + 1}"])
            return f"No output asserted in {step + 1} frames" in text
    return False


def together(task, source, graph, names):
    """The properties that hold in a cycle if they all held in the one before, and hold at first: those are proved.

    One after the other: those that were found to follow are taken for granted of the same cycle too. What does not
    follow from all is left out, until what is left follows from what is left.
    """
    some = list(range(len(names)))
    while some:
        follow, left, before = [], list(some), None
        while left != before:
            before = list(left)
            for index in before:
                tools.progress(f"{task.name}: {len(follow)} of {len(some)} follow, now {names[index]}")
                graph.write(source / "one.aig", [index], some, early=True, now=follow)
                said = abc(source, "one", ["cone -s -O 0", "scleanup", f"ind -F 2 -T {task.timeout or 30}"])
                if "Networks are equivalent" in said:
                    follow.append(index)
                    left.remove(index)
        if not left:
            break
        some = sorted(follow)
    if some:
        graph.write(source / "some.aig", some)
        if "No output asserted in 3 frames" not in abc(source, "some", ["bmc3 -F 3"]):
            return []
    return some


def by_pdr(task, source, limit):
    """abc's last word on `one.aig`."""
    return abc(source, "one", ["cone -s -O 0", "scleanup", f"{task.engine} -T {limit}"])


def all_by_induction(source):
    """Whether all properties together hold by induction over three steps: the first only resets."""
    text = abc(source, "design", ["orpos", "cone -s -O 0", "scleanup", "ind -F 3 -T 60"])
    if "Networks are equivalent" not in text:
        return False
    return "No output asserted in 4 frames" in abc(source, "design", ["orpos", "cone -s -O 0", "scleanup", "bmc3 -F 4"])


def prove(task, source, names):
    """All properties together: by pdr if the graph is small, or by induction over one step, in one question or one each.

    The others each in its own cone of influence, in three rounds: by itself; then with those that are proved as
    constraints, by induction over a few steps, until nothing is added; then with time.
    """
    graph = Aiger(source / "design.aig")
    text = abc(source, "design", [f"{task.engine} -T 20"]) if graph.ands < 5000 else ""
    if "Property proved" in text:
        return Result(task, True, len(names), "proved", 0)
    failed = failure(task, source, "design", text, names)
    if not failed and all_by_induction(source):
        return Result(task, True, len(names), "proved", 0)
    # A mistake shows within a few cycles, and soonest if all are asked together.
    failed = failed or failure(task, source, "design", abc(source, "design", ["bmc3 -F 12 -T 20"]), names)
    if failed:
        failed.count = len(names)
        return failed
    proved = together(task, source, graph, names)
    ways = [f"{names[index]}: together" for index in proved]

    def attempt(index, how):
        text = how()
        ways.append(f"{names[index]}: {text.strip().splitlines()[-1] if isinstance(text, str) else text}")
        (source / "proof.log").write_text("\n".join(ways) + "\n", encoding="utf-8")
        tools.progress(f"{task.name}: {len(proved)} of {len(names)} proved, now {names[index]}")
        if isinstance(text, str):
            failed = failure(task, source, "one", text, [names[index]])
            if failed:
                failed.count = len(names)
                raise Failed(failed)
            text = "Property proved" in text
        if text:
            proved.append(index)
        return text

    try:
        left = []
        for index in sorted(set(range(len(names))) - set(proved)):
            graph.write(source / "one.aig", [index], proved)
            if not attempt(index, lambda: by_pdr(task, source, 10)):
                left.append(index)
        before = None
        while left and left != before:
            before = list(left)
            for index in before:
                graph.write(source / "one.aig", [index], proved)
                if attempt(index, lambda: by_induction(source, (1, 2, 6))):
                    left.remove(index)
        for index in list(left):
            graph.write(source / "one.aig", [index], proved)
            if attempt(index, lambda: by_pdr(task, source, task.timeout or 120)):
                left.remove(index)
    except Failed as failed:
        return failed.result
    if left:
        return Result(task, False, len(names), f"{len(left)} undecided", 0, [names[index] for index in left])
    return Result(task, True, len(names), "proved", 0)


def bound(task, source, names):
    limit = f" -T {task.timeout}" if task.timeout else ""
    text = abc(source, "design", [f"bmc3 -F {task.depth}{limit}"])
    if f"No output asserted in {task.depth} frames" in text:
        return Result(task, True, len(names), f"holds for {task.depth} cycles (not proved)", 0)
    failed = failure(task, source, "design", text, names)
    if failed:
        failed.count = len(names)
        return failed
    return Result(task, False, len(names), "undecided", 0, [text.strip()[-200:]])


def cover(task, source, names):
    text = abc(source, "design", [f"bmc3 -a -x -F {task.depth}"])
    reached = {int(n) for n in re.findall(r"Output\s+(\d+) .*was asserted in frame", text)}
    missed = [name for index, name in enumerate(names) if index not in reached]
    verdict = "all reached" if not missed else f"{len(missed)} NOT REACHED in {task.depth} cycles"
    return Result(task, not missed, len(names), verdict, 0, missed)
