#!/usr/bin/env python3
"""Fuzzes the program's parsers (tests/fuzz) with libFuzzer and prints what came of it.

  scripts/fuzz.py [TARGET...] [--minutes N] [--save]

Minutes are CPU time, divided among the targets, which take turns; after Ctrl-C what was reached is told. Inputs that
were found stay in BUILD/fuzz/corpus; `--save` puts small ones that reach most of it into tests/fuzz/corpus, beside those
that have a name: former findings and seeds. Exit status 1 when there is a finding; its input and its report lie in
BUILD/fuzz/findings.
"""
import argparse
import datetime
import os
import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAVED = ROOT / 'tests/fuzz/corpus'
# Of an input: seconds, and megabytes for the process and for one allocation.
LIMITS = ['-timeout=20', '-rss_limit_mb=2048', '-malloc_limit_mb=512', '-max_len=4096']
KEPT_BYTES = 400  # of an input without a name: longer ones are many, and reach little more
# Each input is a file for a moment: in memory, where there is such a folder.
TEMPORARY = next(folder for folder in ('/dev/shm', '/tmp') if os.access(folder, os.W_OK))
# Where the words lie that an input is made of.
WORDS = {
    'csv': ['model/routing/trace_text.cpp'], 'jsonl': ['model/routing/trace_text.cpp'],
    'npz': ['model/routing/npy.cpp', 'model/routing/trace_io.cpp'], 'npy': ['model/routing/npy.cpp'],
    'megatron': ['model/routing/import_megatron.cpp'], 'profile': ['model/routing/profile_io.cpp'],
    'report': ['sim/report_table.cpp', 'model/flows/flow_names.cpp'],
    'routing_spec': ['model/routing/routing_spec.cpp'],
    'system': ['sim/config_keys.cpp'], 'model': ['sim/config_keys.cpp'],
    'settings': ['sim/config_keys.cpp'], 'scenario': ['sim/scenario.cpp'], 'sweep': ['sim/sweep_file.cpp'],
    'command_line': ['sim/cli_run.cpp', 'sim/cli_trace.cpp', 'sim/cli_sweep.cpp', 'sim/cli_report.cpp'],
}


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def is_named(name):
    return re.fullmatch('[0-9a-f]{40}', name) is None


def unpack(target, folder):
    folder.mkdir(parents=True, exist_ok=True)
    archive = SAVED / f'{target}.zip'
    if archive.exists():
        with zipfile.ZipFile(archive) as inputs:
            inputs.extractall(folder)


def pack(target, folder):
    """Equal inputs give equal bytes."""
    SAVED.mkdir(exist_ok=True)
    with zipfile.ZipFile(SAVED / f'{target}.zip', 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.iterdir()):
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)


class Fuzzer:
    def __init__(self, build):
        self.program = build / 'fuzz/fuzz/fuzzer'
        self.work = build.resolve() / 'fuzz'

    def folder(self, kind, target):
        folder = self.work / kind / target
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def call(self, target, arguments):
        return subprocess.run([self.program.resolve(), *LIMITS, *arguments], text=True, errors='replace',
                              capture_output=True, env={**os.environ, 'MOEHUB_FUZZ': target, 'TMPDIR': TEMPORARY})

    def dictionary(self, target):
        words = set()
        for name in WORDS.get(target, []):
            words.update(re.findall(r'"([\w.:=+<>/-]{2,40})"', (ROOT / name).read_text()))
        if not words:
            return []
        path = self.work / f'{target}.dict'
        path.write_text(''.join(f'"{word}"\n' for word in sorted(words)))
        return [f'-dict={path}']

    def run(self, row, cpu_s):
        """Until so much CPU time is used in all, or something is found."""
        target = row['target']
        corpus, saved = self.folder('corpus', target), self.folder('saved', target)
        unpack(target, saved)
        while row['cpu_s'] < cpu_s and not row['finding']:
            wall_s = max(1, round(cpu_s - row['cpu_s']))
            start = cpu_seconds()
            result = self.call(target, [f'-max_total_time={wall_s}', '-print_final_stats=1',
                                        *self.dictionary(target),
                                        f'-artifact_prefix={self.folder("findings", target)}/', corpus, saved])
            row['cpu_s'] += cpu_seconds() - start
            counts = re.findall(r'stat::number_of_executed_units: *(\d+)', result.stderr)
            row['executions'] += int(counts[-1]) if counts else 0
            for edges, features in re.findall(r'cov: (\d+) ft: (\d+)', result.stderr)[-1:]:
                row['edges'], row['features'] = int(edges), int(features)
            if result.returncode != 0:
                summary = re.findall(r'^(?:WRONG|SUMMARY|==\d+== ?ERROR): .*', result.stderr, re.M)
                row['finding'] = summary[0] if summary else f'exit status {result.returncode}'
                (self.folder('findings', target) / 'report.txt').write_text(result.stderr)

    def save(self, target):
        least = self.work / 'least' / target
        for path in least.glob('*'):
            path.unlink()
        least.mkdir(parents=True, exist_ok=True)
        saved = self.folder('saved', target)
        result = self.call(target, ['-set_cover_merge=1', least, saved, self.folder('corpus', target)])
        if result.returncode != 0:
            sys.exit(f'fuzz: merging {target} failed:\n{result.stderr[-2000:]}')
        for path in least.iterdir():
            if path.stat().st_size > KEPT_BYTES:
                path.unlink()
        for path in saved.iterdir():
            if is_named(path.name):
                (least / path.name).write_bytes(path.read_bytes())
        pack(target, least)


def known_targets():
    sources = (ROOT / 'tests/fuzz/targets').glob('*.cpp')
    names = [re.search(r'Target \w+\("(\w+)"', path.read_text()) for path in sources]
    return sorted(name.group(1) for name in names if name)


def saved_size(target):
    with zipfile.ZipFile(SAVED / f'{target}.zip') as archive:
        return len(archive.namelist())


def table(rows):
    lines = [f'{"target":<14}{"CPU s":>8}{"executions":>12}{"edges":>8}{"features":>10}{"saved":>7}  finding']
    for row in rows:
        lines.append(f'{row["target"]:<14}{row["cpu_s"]:>8.0f}{row["executions"]:>12}{row["edges"]:>8}'
                     f'{row["features"]:>10}{saved_size(row["target"]):>7}  {row["finding"] or "none"}')
    total = sum(row['cpu_s'] for row in rows)
    lines.append(f'{"all":<14}{total:>8.0f}{sum(row["executions"] for row in rows):>12}')
    return '\n'.join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('targets', nargs='*')
    parser.add_argument('--minutes', type=float, default=5)
    parser.add_argument('--save', action='store_true')
    arguments = parser.parse_args()
    fuzzer = Fuzzer(Path(os.environ.get('BUILD', ROOT / 'build')))
    targets = arguments.targets or known_targets()
    unknown = sorted(set(targets) - set(known_targets()))
    if unknown:
        parser.error(f'no target {", ".join(unknown)}; there are {", ".join(known_targets())}')
    rows = [{'target': target, 'cpu_s': 0.0, 'executions': 0, 'edges': 0, 'features': 0, 'finding': ''}
            for target in targets]
    turns = max(1, round(arguments.minutes / 10))
    try:
        for turn in range(1, turns + 1):
            for row in rows:
                if sys.stderr.isatty():
                    print(f'\r\033[Kturn {turn} of {turns}: {row["target"]}', end='\r', file=sys.stderr)
                fuzzer.run(row, arguments.minutes * 60 / len(rows) * turn / turns)
    except KeyboardInterrupt:
        print('interrupted')
    if arguments.save:
        for target in targets:
            fuzzer.save(target)
    print(datetime.date.today())
    print(table(rows))
    found = [row for row in rows if row['finding']]
    for row in found:
        print(f'finding of {row["target"]}: {fuzzer.folder("findings", row["target"])}', file=sys.stderr)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
