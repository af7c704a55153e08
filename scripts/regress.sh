#!/usr/bin/env bash
# Runs every routing trace on the RTL hub and prints a table; a run whose scoreboard objects is a failure.
#
#   scripts/regress.sh TRACE_OR_FOLDER... [-- arguments of `moehub run`]
#
# A trace names its model itself. The first 2 layers and 256 tokens per GPU unless the arguments say otherwise.
# Environment: BUILD (build), OUT (folder of the results, $BUILD/out/regress).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build}
out=${OUT:-$build/out/regress}

places=()
while [[ $# -gt 0 && $1 != -- ]]; do
  places+=("$1")
  shift
done
[[ $# -gt 0 ]] && shift
arguments=("$@")
[[ " $* " == *" --tokens"* ]] || arguments+=(--tokens 256)
[[ " $* " == *" --layers"* ]] || arguments+=(--layers 0:2)

traces=()
if [[ ${#places[@]} -gt 0 ]]; then
  mapfile -t traces < <(find "${places[@]}" -type f \( -name '*.npz' -o -name '*.npy' -o -name '*.csv' -o -name '*.jsonl' \) | sort)
fi
if [[ ${#traces[@]} == 0 ]]; then
  echo "no routing traces in '${places[*]}': name files or folders with TRACES=..., or make one with moehub trace gen" >&2
  exit 2
fi

failed=0
printf '%-28s %-18s %9s %9s %9s %7s %8s  %s\n' trace model packets 'layer us' 'baseline' ideal 'p99 cyc' check
for trace in "${traces[@]}"; do
  name=$(basename "${trace%.*}")
  results=$out/$name
  mkdir -p "$results"
  status=0
  "$build/moehub" run --trace "$trace" --hub rtl "${arguments[@]}" --out "$results" --quiet \
    >"$results/stdout.txt" 2>"$results/stderr.txt" || status=$?
  if [[ $status != 0 ]]; then
    failed=$((failed + 1))
    printf '%-28s exit status %s: %s\n' "$name" "$status" "$(tail -n 1 "$results/stderr.txt")"
    [[ -e $results/summary.json && $status == 1 ]] || continue
  fi
  python3 - "$name" "$results/summary.json" <<'PY'
import json, sys
name, file = sys.argv[1:]
s = json.load(open(file))
flows, hub, check = s["flows"], s["hub"], s["check"]
ours = flows["moehub"]
baseline = max((f.get("speedup_of_hub", 1.0) for n, f in flows.items() if n != "ideal"), default=1.0)
print(f"{name:28} {s['config']['model']:18} {hub['packets']:9} {ours['layer_us']:9.1f} {baseline:8.2f}x "
      f"{ours['ideal_fraction']:6.1%} {hub['ingress_latency_cycles']['p99']:8}  {'ok' if check['ok'] else 'FAILED'}")
PY
done
echo "${#traces[@]} traces, $failed failed; results in $out/"
[[ $failed == 0 ]]
