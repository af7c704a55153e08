#!/usr/bin/env bash
# Lints the hub in every named configuration (rtl/configurations.txt); any warning is a failure.
#
#   verilator   --lint-only -Wall; waivers in rtl/lint.vlt, each narrow and with its reason
#   yosys       slang front end: elaborates, no latch after `proc`, `check -assert` (no loop, no double
#               driver, nothing undriven)
#
# Environment: BUILD (build), TOP (hub; another module is linted with its default parameters), CONFIGS (all).
set -euo pipefail
cd "$(dirname "$0")/.."
reports=${BUILD:-build}/lint
top=${TOP:-hub}
yosys=$(scripts/yosys.sh --find)
mkdir -p "$reports"

mapfile -t packages < <({ find rtl -maxdepth 1 -name '*_pkg.sv' | sort; find rtl -mindepth 2 -name '*_pkg.sv' | sort; })
mapfile -t modules < <(find rtl -name '*.sv' ! -name '*_pkg.sv' | sort)
mapfile -t folders < <(find rtl -type d | sort)
waivers=()
[[ -e rtl/lint.vlt ]] && waivers+=(rtl/lint.vlt)
[[ $top == hub ]] || waivers+=(-Wno-UNUSEDPARAM)  # one module uses few of the package's constants

configurations() {
  if [[ $top == hub ]]; then grep -vE '^\s*(#|$)' rtl/configurations.txt; else echo "default"; fi
}

# verdict <report> <exit status> <pattern of a warning>
verdict() {
  local warnings
  warnings=$(grep -ciE "$3" "$1") || true
  if [[ $2 == 0 && $warnings == 0 ]]; then echo clean; else echo "$warnings warnings or errors"; fi
}

lint_with_verilator() {  # configuration, parameters
  local report=$reports/$top-$1.verilator.txt status=0
  verilator --lint-only -Wall "${folders[@]/#/-I}" --top-module "$top" "${@:2}" "${waivers[@]}" "${packages[@]}" \
    "$(find rtl -name "$top.sv")" >"$report" 2>&1 || status=$?
  verdict "$report" "$status" '^%(warning|error)'
}

lint_with_yosys() {
  local report=$reports/$top-$1.yosys.txt status=0 overrides=
  [[ $# -gt 1 ]] && overrides=$(printf ' -G %s' "${@:2}")
  "$yosys" -Q -T -p "read_slang --threads 1 -D SYNTHESIS -I rtl --top $top$overrides ${packages[*]} ${modules[*]}
    hierarchy -check -top $top
    proc
    select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr
    check -assert" >"$report" 2>&1 || status=$?
  verdict "$report" "$status" '(^|[ :])(warning|error):'
}

failed=0
printf '%-10s %-28s %-28s %s\n' "$top" verilator yosys seconds
while read -r name parameters; do
  [[ -n ${CONFIGS:-} && " $CONFIGS " != *" $name "* ]] && continue
  read -ra parameters <<<"$parameters"
  started=$SECONDS
  by_verilator=$(lint_with_verilator "$name" "${parameters[@]/#/-G}")
  by_yosys=$(lint_with_yosys "$name" "${parameters[@]}")
  printf '%-10s %-28s %-28s %s\n' "$name" "$by_verilator" "$by_yosys" $((SECONDS - started))
  [[ $by_verilator == clean && $by_yosys == clean ]] || failed=1
done < <(configurations)
echo "reports: $reports/"
exit $failed
