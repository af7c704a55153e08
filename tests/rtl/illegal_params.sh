#!/usr/bin/env bash
# Parameter values outside their range stop elaboration, with the module's own message.
#
# illegal_params.txt: one case a line, `module PARAM=VALUE[,PARAM=VALUE...] part of the expected message`.
# A module with its default values must elaborate, so that a refusal is the parameter's doing. Every module of
# rtl/ that has an integer parameter, and every $fatal in it, must have a case.
set -euo pipefail
cd "$(dirname "$0")/../.."
export verilator=${VERILATOR:-verilator}
cases=tests/rtl/illegal_params.txt

export flags="--lint-only -Wno-lint -Wno-style -Irtl $(find rtl -mindepth 1 -type d | sort | sed 's/^/-I/' | tr '\n' ' ')"
packages=$({ find rtl -maxdepth 1 -name '*_pkg.sv' | sort; find rtl -mindepth 2 -name '*_pkg.sv' | sort; } | tr '\n' ' ')
export packages

elaborate() {  # module, -G arguments
  local module=$1
  shift
  # shellcheck disable=SC2086
  "$verilator" $flags --top-module "$module" "$@" $packages "$(find rtl -name "$module.sv")" 2>&1
}
accepts() {
  local said
  said=$(elaborate "$1") || echo "$1: its default parameters do not elaborate: $(head -1 <<<"$said")"
}
refuses() {
  local line=$1 module values message said
  read -r module values message <<<"$line"
  IFS=, read -ra values <<<"$values"
  if said=$(elaborate "$module" "${values[@]/#/-G}"); then
    echo "accepted, but must be refused: $line"
  elif ! grep -qF -- "$message" <<<"$said"; then
    echo "refused for another reason: $line: $(head -1 <<<"$said")"
  fi
}
export -f elaborate accepts refuses

list=$(grep -vE '^\s*(#|$)' "$cases")
tried=$(awk '{print $1}' <<<"$list" | sort -u)
jobs=$(nproc)
wrong=$(
  while read -r module; do
    grep -qxF "$module" <<<"$tried" || echo "$module: has integer parameters, but no case in $cases"
  done < <(grep -lE '^\s*parameter\s+int' -r rtl --include='*.sv' | xargs -r -n1 basename -s .sv | sort)
  while IFS=: read -r file _ check; do
    module=$(basename "$file" .sv)
    covered=0
    while read -r name _ message; do
      [[ $name == "$module" && $check == *"$message"* ]] && covered=1
    done <<<"$list"
    [[ $covered == 1 ]] || echo "$module: no case in $cases for $check"
  done < <(grep -nE '\$fatal' -r rtl --include='*.sv')
  xargs -r -P "$jobs" -I{} bash -c 'accepts "$1"' _ {} <<<"$tried"
  tr '\n' '\0' <<<"$list" | xargs -r -0 -P "$jobs" -I{} bash -c 'refuses "$1"' _ {}
)
echo "$(wc -l <<<"$list") illegal values of $(wc -w <<<"$tried") modules"
[[ -z $wrong ]] || { echo "$wrong"; exit 1; }
