#!/usr/bin/env bash
# layering_plants.sh SOURCE_TREE: layering.sh passes a copy of the tree and fails it with each planted breach.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$1/include" "$1/lib" "$copy"
"$here/layering.sh" "$copy"

tree=$(cd "$1" && pwd)

# plant FILE TEXT: instead of what FILE holds, if it is there.
plant() {
  mkdir -p "$(dirname "$copy/$1")"
  echo "$2" >"$copy/$1"
  if "$here/layering.sh" "$copy" >/dev/null; then
    echo "not found: $2 in $1"
    exit 1
  fi
  rm "$copy/$1"
  [ ! -e "$tree/$1" ] || cp "$tree/$1" "$copy/$1"
}
plant include/xtape/planted.hpp '#include <omp.h>'
plant include/xtape/planted.hpp '#include "core/storage.hpp"'
plant include/xtape/planted.hpp '#include <xtensor/xarray.hpp>'
plant lib/core/planted.cpp '#include "kernels/copy.hpp"'
plant lib/core/planted.cpp '#include <xtape/ops/linalg.hpp>'
plant lib/core/planted.cpp '#include <xtensor/xarray.hpp>'
plant lib/formulas/planted.hpp '#include <xtape/tensor.hpp>'
plant lib/formulas/planted.hpp 'Tensor value(Tensor x);'
plant lib/kernels/planted.cpp '#include "autograd/node.hpp"'
plant lib/kernels/planted.cpp '#include <xtape/tensor.hpp>'
plant lib/kernels/simd/planted.cpp '#include <vector>'
plant lib/kernels/simd/planted.cpp '  #  include <algorithm>'
plant lib/kernels/isa.hpp '#include <string>'
plant lib/autograd/planted.cpp '#include "ops/matmul.hpp"'
plant lib/ops/planted.cpp '#include "layers/dense.hpp"'
plant lib/layers/planted.cpp '#include "core/tensor_impl.hpp"'
plant lib/layers/planted.cpp 'auto gradient = record(output);'
plant lib/losses/planted.cpp 'class Loss : Node {};'
plant lib/optimizers/planted.cpp '// the vjp of x'
plant lib/models/planted.cpp '#include "ops/matmul.hpp"'
