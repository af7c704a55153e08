#!/usr/bin/env python3
"""Every saved input of the fuzzer, and every former finding, through its parser under address and undefined-behaviour
sanitizers: no report, no exception but InputError, nothing that takes long."""
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

REPLAY = Path(os.environ['MOEHUB_BUILD']) / 'fuzz/fuzz_replay'
SAVED = Path(os.environ['MOEHUB_SOURCE']) / 'tests/fuzz/corpus'
LONGEST_S = 20  # on a machine that does other things too
LEAST = 14  # targets

targets = subprocess.run([REPLAY], text=True, capture_output=True, check=True).stdout.split()
archives = {path.stem for path in SAVED.glob('*.zip')}
failures = [f'{name}: no target, or no corpus' for name in archives ^ set(targets)]
for target in sorted(archives & set(targets)):
    folder = Path(target)
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(SAVED / f'{target}.zip') as inputs:
        inputs.extractall(folder)
        count = len(inputs.namelist())
    result = subprocess.run([REPLAY, target, folder], text=True, errors='replace', capture_output=True)
    last = (result.stdout.splitlines() or ['nothing'])[-1]
    summary = re.fullmatch(rf'(\d+) inputs of {target}, the longest ([\d.]+) s', last)
    if result.returncode != 0 or not summary:
        failures.append(f'{target}: input {last}: exit status {result.returncode}\n{result.stderr[-3000:]}')
    elif int(summary[1]) != count or count == 0 or float(summary[2]) > LONGEST_S:
        failures.append(f'{target}: {last}; {count} are saved')
    else:
        print(last)
print('\n'.join(failures), file=sys.stderr)
sys.exit(1 if failures or len(targets) < LEAST else 0)
