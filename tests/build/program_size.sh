#!/usr/bin/env bash
# program_size.sh PROGRAM STRIP [libraries]: a program with xtape linked statically is below 8.9 MB when stripped (7.97 of
# g++ 12, of g++ 14 half a megabyte more; all that a layer or a compile call can name is in each: activations,
# initializers, losses, metrics, optimizers, functional models, configurations; the plots that mnist_cnn draws, and the
# model that it saves, 0.47);
# with `libraries` (a build without oneDNN), all shared libraries it loads, OpenBLAS and cairo (5 MiB with what it needs)
# included, are below 50 MiB.
set -euo pipefail

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
"$2" -o "$stripped" "$1"
size=$(stat -c %s "$stripped")
echo "$(basename "$1"), stripped: $size bytes; below 8900000 are allowed"
[ "$size" -lt 8900000 ]

[ "${3:-}" = libraries ] || exit 0
total=$(ldd "$1" | awk '$2 == "=>" { print $3 }' | xargs stat -Lc %s | awk '{ sum += $1 } END { print sum }')
echo "its shared libraries: $total bytes; below 50 MiB are allowed"
[ "$total" -lt $((50 << 20)) ]
