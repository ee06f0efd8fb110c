#!/usr/bin/env bash
# header_budget.sh COMPILER SOURCE_TREE: xtape.hpp preprocesses to at most twice the lines of the std headers
# that the public headers include.
set -euo pipefail

lines() { "$1" -std=c++20 -I"$2/include" -E -x c++ - | grep -vcE '^(#|\s*$)'; }

std_headers=$(find "$2/include" -name '*.hpp' ! -name xtensor.hpp -exec grep -hoE '^#include <[a-z0-9_]+>' {} + | sort -u)
std_lines=$(lines "$1" "$2" <<<"$std_headers")
all_lines=$(lines "$1" "$2" <<<'#include <xtape/xtape.hpp>')
echo "xtape.hpp: $all_lines lines; the std headers in it: $std_lines; at most twice as many are allowed"
[ "$all_lines" -le $((2 * std_lines)) ]
