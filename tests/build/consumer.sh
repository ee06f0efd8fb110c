#!/usr/bin/env bash
# consumer.sh CMAKE GENERATOR BUILD_TREE COMPILER SOURCE_TREE [files]: installs xtape into a temporary prefix, moves it, and
# builds and runs the two programs of the README against it, by find_package and by pkg-config. With `files`, of a build that
# reads and writes models, the first one's is looked at with the installed xtape-convert.
set -euo pipefail
cmake=$1 generator=$2 build=$3 compiler=$4 tree=$(cd "$5" && pwd) files=${6:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"

# The C++ blocks of the README: a whole program, and statements that end with what they print.
source=$work/source
cp -r "$tree/tests/build/consumer" "$source"
block() { awk -v wanted="$1" '/^```$/ { on = 0 } on; /^```cpp$/ { on = ++count == wanted }' "$tree/README.md"; }
block 1 >"$source/first_program.cpp"
[ -n "$files" ] || sed -i '/model\.save/d' "$source/first_program.cpp"
{
  sed -n '/^#include/p; /^using/p' "$source/first_program.cpp"
  echo 'int main() {'
  block 2
  block 3
  echo '}'
} >"$source/tape.cpp"
printed=$(block 3 | sed -n 's|.*// ||p')

# A home in which load_data finds digits.
mkdir "$work/home"
ln -s "$tree/examples/data/mnist_subset" "$work/home/mnist"

check() { # check FIRST_PROGRAM TAPE: run as the README says they do.
  (cd "$work" && XTAPE_HOME=$work/home "$1") | tee "$work/output" | tail -n 1
  grep -q '^Epoch 5/5$' "$work/output"
  grep -q '^Test accuracy: 0\.[89]' "$work/output"
  [ "$("$2")" = "$printed" ]
}

check_tool() { # where examples are built
  [ -x "$work/prefix/bin/xtape-convert" ] || return 0
  (cd "$work" && prefix/bin/xtape-convert --force digits.keras digits.safetensors)
  "$work/prefix/bin/xtape-convert" inspect "$work/digits.safetensors" | grep -q 'Weights: 4 arrays, 101770 numbers'
}

"$cmake" -G "$generator" -S "$source" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler"
"$cmake" --build "$work/build"
check "$work/build/first_program" "$work/build/tape"

pc=$(find "$work/prefix" -name xtape.pc)
export PKG_CONFIG_PATH=${pc%/*}
libdir=$(pkg-config --variable=libdir xtape)
[ -e "$libdir/libxtape.a" ] && static=--static || static=
export LD_LIBRARY_PATH=$libdir
for program in first_program tape; do
  # shellcheck disable=SC2046
  "$compiler" -std=c++20 "$source/$program.cpp" -o "$work/$program" $(pkg-config --cflags --libs $static xtape)
done
check "$work/first_program" "$work/tape"
[ -z "$files" ] || check_tool
