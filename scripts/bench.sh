#!/usr/bin/env bash
# Speed of the simulator on the default scenario, RTL hubs and C++ hubs; the full reports stay in OUT.
#
#   scripts/bench.sh [arguments of `moehub run`]
#
# Environment: BUILD (build), OUT (folder of the results, $BUILD/out/bench).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build}
out=${OUT:-$build/out/bench}

printf '%-6s %10s %12s %12s %8s %8s\n' hub packets 'packets/s' 'cycles/s' 'wall s' 'MB'
for hub in rtl model; do
  "$build/moehub" run --flow moehub --hub "$hub" "$@" --out "$out/$hub" --quiet
  python3 - "$hub" "$out/$hub/summary.json" <<'PY'
import json, sys
hub, file = sys.argv[1:]
s = json.load(open(file))
host = s["host"]
print(f"{hub:6} {s['hub']['packets']:10} {host['packets_per_s']:12.0f} {host['hub_cycles_per_s']:12.0f} "
      f"{host['wall_s']:8.2f} {host['peak_rss_mb']:8.0f}")
PY
done
echo "reports: $out/rtl, $out/model"
