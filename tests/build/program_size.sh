#!/usr/bin/env bash
# program_size.sh PROGRAM STRIP BYTES [libraries]: a program with xtape linked statically has fewer bytes than that when
# stripped; with `libraries` (a build without oneDNN), all shared libraries it loads, OpenBLAS and cairo (5 MiB with what
# it needs) included, are below 50 MiB.
set -euo pipefail

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
"$2" -o "$stripped" "$1"
size=$(stat -c %s "$stripped")
echo "$(basename "$1"), stripped: $size bytes; below $3 are allowed"
[ "$size" -lt "$3" ]

[ "${4:-}" = libraries ] || exit 0
total=$(ldd "$1" | awk '$2 == "=>" { print $3 }' | xargs stat -Lc %s | awk '{ sum += $1 } END { print sum }')
echo "its shared libraries: $total bytes; below 50 MiB are allowed"
[ "$total" -lt $((50 << 20)) ]
