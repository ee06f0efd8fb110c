#!/usr/bin/env bash
# Runs the tests of kernels/onednn_guard_pages.cpp on many more shapes, on each instruction set of this CPU, and prints
# what fails:
#
#   tests/reliability/hunt_onednn.sh [FIRST_SEED [COUNT]]
#
# A shape that ends the process is noted, and the hunt goes on behind it. With XTAPE_HUNT_EVERYTHING=1 it tries those
# too that the library keeps away from oneDNN. TEST_KERNELS names another executable than build/tests/test_kernels.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

first=${1:-1}
count=${2:-10000}
program=${TEST_KERNELS:-build/tests/test_kernels}
output=$(mktemp)
trap 'rm -f "$output"' EXIT
failures=0

sets=(baseline x86-64-v3)
! grep -q avx512vl /proc/cpuinfo || sets+=(x86-64-v4)
for isa in "${sets[@]}"; do
  for what in convolutions products; do
    from=$first
    while [ "$from" -lt $((first + count)) ]; do
      XTAPE_ISA=$isa XTAPE_HUNT="$from $((first + count - from))" "$program" "oneDNN's $what stay*" >"$output" 2>&1 &&
        break
      # The message of each failed check begins with its seed, and the last one is that of a crash.
      grep -a -A 3 '^ *seed ' "$output" | sed "s/^/$isa: /"
      failures=$((failures + 1))
      grep -a -q 'SIG[A-Z]* -' "$output" || break
      from=$(($(grep -a -o 'seed [0-9]*' "$output" | tail -1 | cut -d ' ' -f 2) + 1))
    done
    echo "$isa: $what of the seeds $first to $((first + count - 1)) done"
  done
done
exit $((failures > 0))
