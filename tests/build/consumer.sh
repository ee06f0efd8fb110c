#!/usr/bin/env bash
# consumer.sh CMAKE GENERATOR BUILD_TREE COMPILER: installs xtape into a temporary prefix, moves it, and builds and runs a
# program against it, by find_package and by pkg-config.
set -euo pipefail
cmake=$1 generator=$2 build=$3 compiler=$4
source=$(cd "$(dirname "$0")" && pwd)/consumer
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"

"$cmake" -G "$generator" -S "$source" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler"
"$cmake" --build "$work/build"
"$work/build/consumer"

pc=$(find "$work/prefix" -name xtape.pc)
export PKG_CONFIG_PATH=${pc%/*}
libdir=$(pkg-config --variable=libdir xtape)
[ -e "$libdir/libxtape.a" ] && static=--static || static=
# shellcheck disable=SC2046
"$compiler" -std=c++20 "$source/main.cpp" -o "$work/by_pkg_config" $(pkg-config --cflags --libs $static xtape)
LD_LIBRARY_PATH=$libdir "$work/by_pkg_config"
