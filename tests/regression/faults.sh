#!/usr/bin/env bash
# RTL hubs under faults of links and memories: what can be mended is, what cannot is said (docs/system-model.md).
set -euo pipefail
run() { "$MOEHUB" run --quiet --gpus 4 --tokens 32 --flow moehub --hub rtl --out out "$@"; }
column() { awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR == 2 { print $c }' out/checks.csv; }

run --set faults.bit_error_rate=1e-6 --set faults.ack_spread_ns=1000 --set faults.lost_credit_rate=0.001 \
    --set faults.plane_down=2 --set faults.plane_down_us=15 --set faults.plane_up_us=40
[[ $(column ok) == true && $(column link_replays) -gt 0 && $(column lost_credits) -gt 0 ]]

status=0
run --set faults.write_error_rate=0.001 2>err.txt || status=$?
[[ $status == 1 && $(column write_errors) -gt 0 && $(column rows_lost) -gt 0 ]]
[[ $(column rows_duplicated) == 0 && $(column bytes_wrong) == 0 && $(column tiles_early) == 0 ]]
grep -q "standstill; GPU" err.txt

for wrong in plane_down=4 bit_error_rate=1 plane_down=1; do
  status=0
  run --set "faults.$wrong" 2>err.txt || status=$?
  [[ $status == 2 && $(wc -l <err.txt) == 1 ]] || { cat err.txt; echo "faults.$wrong: exit $status"; exit 1; }
done
