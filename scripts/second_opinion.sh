#!/usr/bin/env bash
# A second opinion on the RTL: scripts/lint.sh with Debian 13's Verilator (5.032) in a chroot of its own.
#
# Makes the chroot under $BUILD/debian13 (350 MB, a few minutes) when it is not there. Needs root, debootstrap and the
# network; not a part of `make test`. Environment: BUILD (build), MIRROR (debootstrap's own), and lint.sh's.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build}
root=$build/debian13

if [[ $EUID != 0 ]] || ! command -v debootstrap >/dev/null; then
  echo "second_opinion.sh: needs root and debootstrap" >&2
  exit 2
fi
if [[ ! -x $root/usr/bin/verilator ]]; then
  echo "making $root"
  mkdir -p "$root"
  debootstrap --variant=minbase --include=verilator trixie "$root" ${MIRROR:+"$MIRROR"} \
    >"$build/debian13.log" 2>&1 || { echo "second_opinion.sh: debootstrap failed, see $build/debian13.log" >&2; exit 2; }
fi

# GENUNNAMED, which 5.006 does not have: the checks of parameters are generate blocks that hold only a $fatal and need no
# name. A verilator on PATH that is the chroot's; it sees a copy of rtl/ under the same name.
scripts/deps.sh --lint
rm -rf "$root/rtl" "$build/debian13-bin"
cp -r rtl "$root/rtl"
mkdir -p "$build/debian13-bin"
printf '#!/bin/sh\nexec chroot "%s" verilator "$@" -Wno-GENUNNAMED\n' "$(realpath "$root")" >"$build/debian13-bin/verilator"
chmod +x "$build/debian13-bin/verilator"
"$build/debian13-bin/verilator" --version
PATH=$(realpath "$build/debian13-bin"):$PATH scripts/lint.sh
