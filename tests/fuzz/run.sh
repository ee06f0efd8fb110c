#!/usr/bin/env bash
# Builds the fuzzers of file formats with clang, beside a Release build in build/, and runs each for so many seconds:
#
#   tests/fuzz/run.sh SECONDS [FORMAT...]
#
# What they found interesting is kept in build-fuzz/corpus, for the next run. A find ends the script with an error; its
# bytes are in build-fuzz/finds.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:?tests/fuzz/run.sh SECONDS [FORMAT...]}
shift

examples/install_packages.sh clang libclang-rt-dev
out=$PWD/build-fuzz
[ -e "${XTAPE_INSTALLED:=$out/installed}/lib/libxtape.a" ] || mkdir -p "$out"
if [ "$XTAPE_INSTALLED" = "$out/installed" ]; then cmake --install build --prefix "$XTAPE_INSTALLED" >"$out/install.log"; fi
cmake -S tests/fuzz -B "$out" -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_PREFIX_PATH="$XTAPE_INSTALLED"
cmake --build "$out"
