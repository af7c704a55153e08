#!/usr/bin/env bash
# Every test that lies under tests/ is known to CTest: each file, and in C++ files each TEST macro.
# Usage: every_test_is_registered.sh <build folder> [ctest]
set -euo pipefail
build=$1
ctest=${2:-ctest}
cd "$(dirname "$0")"

known=$("$ctest" --test-dir "$build" -N | sed -n 's/^ *Test *#[0-9]*: //p')
missing=0
lost() {
  echo "not registered: $1 ($2)"
  missing=$((missing + 1))
}

files=0
cases=0
while read -r file; do
  files=$((files + 1))
  case $file in
    unit/*) prefix=${file%_test.cpp}/ ;;
    rtl/*) prefix=$(dirname "$file")/ ;;
    *) prefix=${file%.*} ;;
  esac
  own=$(grep -F -- "$prefix" <<<"$known") || lost "$file" "no test named $prefix..."
  [[ $file == *.cpp ]] || continue
  while read -r name; do
    cases=$((cases + 1))
    grep -qE "/$name(/|$)" <<<"$own" || lost "$file" "$name"
  done < <(tr '\n' ' ' <"$file" | grep -oE '\b(TEST|TEST_F|TEST_P)\( *\w+ *, *\w+' |
    sed -E 's/^\w+\( *(\w+) *, *(\w+)$/\1.\2/')
done < <(find unit rtl -name '*_test.cpp' 2>/dev/null | sort
  find regression -maxdepth 1 \( -name '*.sh' -o -name '*.py' -o -name '*.cmake' \) 2>/dev/null | sort)

echo "$files files, $cases C++ test cases, $(wc -l <<<"$known") tests in CTest, $missing not registered"
[[ $missing == 0 ]]
