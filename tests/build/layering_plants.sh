#!/usr/bin/env bash
# layering_plants.sh SOURCE_TREE: layering.sh passes a copy of the tree and fails it with each planted breach.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$1/include" "$1/lib" "$copy"
mkdir "$copy/tests"
"$here/layering.sh" "$copy"

tree=$(cd "$1" && pwd)

# Each line: a file, and what it holds instead of what it may hold now.
while IFS='|' read -r file breach; do
  mkdir -p "$(dirname "$copy/$file")"
  echo "$breach" >"$copy/$file"
  if "$here/layering.sh" "$copy" >/dev/null; then
    echo "not found: $breach in $file"
    exit 1
  fi
  rm "$copy/$file"
  [ ! -e "$tree/$file" ] || cp "$tree/$file" "$copy/$file"
done <<'BREACHES'
include/xtape/planted.hpp|#include <omp.h>
include/xtape/planted.hpp|#include "core/storage.hpp"
include/xtape/planted.hpp|#include <xtensor/xarray.hpp>
lib/core/planted.cpp|#include "kernels/copy/copy.hpp"
lib/core/planted.cpp|#include <xtape/ops/linalg.hpp>
lib/core/planted.cpp|#include <xtensor/xarray.hpp>
lib/formulas/planted.hpp|#include <xtape/tensor.hpp>
lib/formulas/planted.hpp|Tensor value(Tensor x);
lib/kernels/planted.cpp|#include "autograd/node.hpp"
lib/kernels/planted.cpp|#include <xtape/tensor.hpp>
lib/kernels/simd/planted.cpp|#include <vector>
lib/kernels/simd/planted.cpp|  #  include <algorithm>
lib/kernels/isa.hpp|#include <string>
lib/autograd/planted.cpp|#include "ops/matmul.hpp"
lib/ops/planted.cpp|#include "layers/dense.hpp"
lib/layers/planted.cpp|#include "core/tensor_impl.hpp"
lib/layers/planted.cpp|auto gradient = record(output);
lib/losses/planted.cpp|class Loss : Node {};
lib/optimizers/planted.cpp|// the vjp of x
lib/plots/planted.cpp|#include "callbacks/entries.hpp"
lib/models/planted.cpp|#include "ops/matmul.hpp"
tests/ops/planted.cpp|using Catch::Matchers::Contains;
BREACHES
