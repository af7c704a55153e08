#!/usr/bin/env bash
# Records a window of the default scenario's hub of GPU 0 and shows it in GTKWave.
#
#   scripts/waves.sh           opens GTKWave
#   scripts/waves.sh --png     renders the same picture to build/waves/hub.png, without a display
#
# Environment: BUILD (build), WINDOW (microseconds of simulated time, A:B), TOKENS (per GPU).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build}
window=${WINDOW:-6:6.6}
tokens=${TOKENS:-64}
save=sim/waves/hub.gtkw
out=$build/waves
fst=$out/hub.fst
mkdir -p "$out"

"$build/moehub" run --flow moehub --tokens "$tokens" --waves "$fst" --waves-window "$window" \
  --out "$out/run" --quiet
echo "recorded GPU 0, microseconds $window, in $fst"

if [ "${1:-}" != --png ]; then
  exec gtkwave "$fst" "$save"
fi

png=$PWD/$out/hub.png
rm -f "$png"
cat > "$out/png.tcl" <<TCL
# The first 100 cycles, so that values can be read.
set begin [gtkwave::getMinTime]
gtkwave::setZoomRangeTimes \$begin [expr {\$begin + 100000}]
gtkwave::/File/Grab_To_File "$png"
gtkwave::/File/Quit
TCL
xvfb-run -a -s "-screen 0 1800x1400x24" gtkwave -S "$out/png.tcl" "$fst" "$save" > "$out/gtkwave.log" 2>&1
[ -s "$png" ] || { echo "waves.sh: GTKWave left no picture; see $out/gtkwave.log" >&2; exit 1; }
echo "picture: $png"
