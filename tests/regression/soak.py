#!/usr/bin/env python3
"""A short soak: seeds from 0 on, and from one that differs from run to run and is printed; each fault at the pins of a
hub is found, and the command that is printed then repeats it."""
import os
import random
import re
import subprocess
import sys

SOAK = os.path.join(os.environ['MOEHUB_BUILD'], 'soak/soak')
BROKEN = ['drop_packet', 'duplicate_packet', 'flip_byte', 'wrong_address',
          'drop_tile', 'early_tile', 'repeat_tile', 'stuck']
failures = []


def soak(*arguments):
    return subprocess.run([SOAK, *map(str, arguments)], text=True, capture_output=True)


for seed in (0, random.SystemRandom().randrange(1 << 32)):
    result = soak('--packets', 150000, '--seed', seed)
    print(f'from seed {seed} on:\n{result.stdout}')
    if result.returncode != 0 or not re.search(r'^\d+ packets in \d+ cases, nothing lost', result.stdout, re.M):
        failures.append(f'seed {seed}: exit status {result.returncode}\n{result.stderr}')
for broken in BROKEN:
    result = soak('--packets', 1e6, '--seed', 0, '--broken', broken)
    replay = re.search(r'^replay: make soak SEED=(\d+) PACKETS=1$', result.stdout, re.M)
    if result.returncode != 1 or not replay:
        failures.append(f'{broken} is not found: exit status {result.returncode}\n{result.stdout}{result.stderr}')
        continue
    found = re.search(r'^FAILED .*', result.stdout, re.M)[0]
    print(f'{broken}: {found}')
    again = soak('--packets', 1, '--seed', replay[1], '--broken', broken)
    if again.returncode != 1 or found not in again.stdout:
        failures.append(f'{broken} at seed {replay[1]} does not fail again:\n{again.stdout}')
print('\n'.join(failures), file=sys.stderr)
sys.exit(1 if failures else 0)
