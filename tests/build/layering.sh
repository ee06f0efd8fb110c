#!/usr/bin/env bash
# layering.sh SOURCE_TREE: every include goes in a direction that docs/architecture.md allows, and layers,
# losses and optimizers know nothing of the tape. Prints each breach; fails if there is one.
set -euo pipefail
cd "$1"
breaches=0

report() {
  echo "$2" | sed "s|^|$1: |"
  breaches=$((breaches + 1))
}

# room FOLDER PATTERN...: files in FOLDER (or that one file) include only what one of the patterns matches.
room() {
  local folder=$1 pattern found
  shift
  [ -e "$folder" ] || return 0
  pattern=$(IFS='|' && echo "$*")
  found=$(grep -rnE '^\s*#\s*include' "$folder" --include='*.hpp' --include='*.cpp' | grep -vE "include\s+($pattern)" || true)
  [ -z "$found" ] || report "not for $folder" "$found"
}

std='<[a-z0-9_]+>'
public='<xtape/'
plain='<xtape/(error|dtype|export|scalar|shape|threads|random|memory)\.hpp>'

# <sys/single_threaded.h> is the C library's, and inside <memory> already.
room include/xtape "$std" "$public" '<xtensor/' '<sys/single_threaded\.h>'
room lib/core "$std" "$plain" '<xtape/(tensor\.hpp|detail/)' '"core/' \
  '<(omp|pthread|sched|sys/mman|sys/resource|unistd)\.h>'
room lib/formulas "$std" '"formulas/'
# How an element becomes one of another type is said once, for kernels and for C++ numbers.
convert='<xtape/detail/convert\.hpp>'
room lib/kernels "$std" "$plain" "$convert" \
  '"(core/(allocator|fork_safe_mutex|parallel)|kernels/.*|formulas/.*)\.hpp"' '<(xsimd|xflens)/' \
  '<xtensor-blas/xblas_config\.hpp>' '<cblas\.h>' '<dnnl\.hpp>'
# Heavy std headers would leave symbols for a newer CPU (kernels/isa.hpp): not in kernels/simd, nor in what it includes.
light='<(cstdint|cstddef|cmath|cstring|type_traits)>'
room lib/kernels/simd "$light" "$convert" '<xsimd/' '"kernels/' '"formulas/'
room include/xtape/detail/convert.hpp "$light" '<xtape/export\.hpp>'
for header in $(grep -rhoE '"(kernels|formulas)/[a-z0-9_/]+\.hpp"' lib/kernels/simd | tr -d '"' | grep -v '^kernels/simd/' | sort -u); do
  room "lib/$header" "$light" '"kernels/' '"formulas/'
done
room lib/autograd "$std" "$public" '"(core|autograd)/'
room lib/ops "$std" "$public" '"(core|formulas|kernels|autograd|ops)/'
for folder in lib/*/; do
  case $(basename "$folder") in
    core | formulas | kernels | autograd | ops) ;;
    program) room lib/program "$std" "$public" '"(core|autograd|ops|program)/' ;;
    config) room lib/config "$std" "$public" '<nlohmann/json\.hpp>' ;;
    # Models draw themselves, and write the operations on symbols as Keras does.
    models) room lib/models "$std" "$public" '"(models|core/(dot|markup)_text|layers/operation|layers/(call_(signature|types)|build_config|lone_output))[/a-z_]*\.hpp"' '<(sys/ioctl|unistd)\.h>' ;;
    # Pictures are drawn by cairo.
    plots) room lib/plots "$std" "$public" '"(plots/|core/markup_text)' '<cairo/cairo\.h>' '<unistd\.h>' ;;
    # TensorBoard's files are made of generated messages.
    callbacks) room lib/callbacks "$std" "$public" '"callbacks/' '"event\.pb\.h"' '<unistd\.h>' ;;
    # Files of arrays: formats that others define, and what the system has to write a file whole.
    io) room lib/io "$std" "$public" '"io/' '<(zlib|hdf5|H5FDdevelop|zip|unistd|fcntl)\.h>' '<sys/(file|mman|stat|uio)\.h>' ;;
    # Models in files.
    saving) room lib/saving "$std" "$public" '"(saving|io)/' ;;
    # Those with classes that are found, written and read by name keep tables of them.
    constraints | initializers | losses | metrics | optimizers | regularizers)
      room "${folder%/}" "$std" "$public" "\"$(basename "$folder")/" '"config/classes\.hpp"' ;;
    # The rooms above the operations see the public headers, their own private ones, and the mutex that forks wait for.
    *) room "${folder%/}" "$std" "$public" "\"$(basename "$folder")/" '"core/fork_safe_mutex\.hpp"' \
      '<(zlib|cxxabi|unistd)\.h>' ;;
  esac
done

# The bridge is the only header with xtensor; blas.cpp calls the layer of xtensor-blas that takes plain pointers.
found=$(grep -rlE 'include\s+<(xtensor|xtensor-blas|xtl)/' include lib |
  grep -vxE 'lib/kernels/linalg/blas\.cpp|include/xtape/xtensor\.hpp' || true)
[ -z "$found" ] || report "xtensor is for include/xtape/xtensor.hpp and lib/kernels/linalg/blas.cpp alone" "$found"

# Catch2 2 and 3 call it by different names.
found=$(grep -rlE 'Catch::Matchers::Contains|ContainsSubstring' tests --include='*.hpp' --include='*.cpp' |
  grep -vx 'tests/catch\.hpp' || true)
[ -z "$found" ] || report "Contains is that of tests/catch.hpp" "$found"

for folder in lib/formulas lib/kernels; do
  found=$(grep -rnwE 'Tensor' "$folder" --include='*.hpp' --include='*.cpp' | grep -vE ':\s*//' || true)
  [ -z "$found" ] || report "no Tensor in $folder" "$found"
done
for folder in lib/layers lib/losses lib/optimizers; do
  [ -d "$folder" ] || continue
  found=$(grep -rnE '\b(Node|record|vjp)\b' "$folder" || true)
  [ -z "$found" ] || report "no tape in $folder" "$found"
done

[ "$breaches" -eq 0 ]
