#!/usr/bin/env bash
# compile_errors.sh COMPILER SOURCE_TREE: mistakes that the compiler refuses, with a message that says what to do.
set -euo pipefail
compiler=$1 include=$2/include

compile() { # compile STANDARD < program
  "$compiler" "-std=$1" -I"$include" -fsyntax-only -x c++ - 2>&1
}

refused() { # refused MESSAGE STATEMENT: with tensors x and y
  local program
  printf -v program '%s\n' '#include <xtape/layers/dense.hpp>' '#include <xtape/ops/reduction.hpp>' \
    'using namespace xtape;' 'void f(Tensor x, Tensor y, layers::Dense layer) {' "$2" '}'
  if output=$(compile c++20 <<<"$program"); then
    echo "compiles: $2"
    exit 1
  fi
  grep -qF -- "$1" <<<"$output" || { echo "no \"$1\" for $2 in" && echo "$output" && exit 1; }
}

# What assignment to a variable takes, a temporary refuses.
compile c++20 <<'PROGRAM'
#include <map>
#include <tuple>
#include <utility>
#include <vector>
#include <xtape/tensor.hpp>
using namespace xtape;
struct Pair { Tensor a, b; };
void f(Tensor x, Tensor y, Pair p, std::vector<Tensor> list, std::map<int, Tensor> map) {
  x = y, x = std::move(y), x = {}, x = Tensor(1.0);
  std::swap(x, y), y = std::exchange(x, {}), p = Pair{x, y}, p.a = y;
  list[0] = x, list.insert(list.begin(), y), list.erase(list.begin()), list = {x, y}, map[1] = x;
  std::tie(x, y) = std::pair(y, x);
  auto [a, b] = p;
  a = b, x[0] += y, x[0].assign(y), x[0].fill(1), (x.defined() ? x : y) = a;
  const unsigned u = 1;
  const std::size_t z = 1;
  x[u], x[z], x[{z, u, 'a'}], x[{0}], x = Tensor(0), x = Tensor(0l), x = Tensor(0u), x = Tensor('a');
}
PROGRAM
for statement in 'x[0] = y;' 'x[{0, 1}] = y;' 'x.slice(0, {0, 1}) = y;' 'x.transpose() = y;' 'x[0] = std::move(y);' \
  'x[0] = 1.0;' 'x.grad() = y;'; do
  refused 'use x[0].assign(tensor) or x[0].fill(number)' "$statement"
done

# The list is a copy that is gone at the end of the statement.
for statement in 'layer.get_weights()[0] = y;' 'layer.trainable_variables()[0] = y;' 'layer.weights()[0].value = y;' \
  'layer.get_weights()[0] = std::move(y);'; do
  refused 'use list[0].assign or set_weights(list)' "$statement"
done

# A truth value is no axis and no position.
for statement in 'sum(x, true);' 'x.sum(true);' 'x.mean(true);' 'max(x, true);' 'argmax(x, true);' 'argmin(x, true);'; do
  refused 'Truth keepdims) = delete' "$statement"
done
for statement in 'x[true];' 'x[{0, true}];' 'x[1.5];'; do
  refused '' "$statement"
done

# Before C++20 the first error is a sentence, whichever header is first.
for header in xtape.hpp tensor.hpp dual.hpp; do
  output=$(compile c++17 <<<"#include <xtape/$header>" || true)
  grep -m 1 'error:' <<<"$output" | grep -q 'xtape needs C++20: compile with -std=c++20' ||
    { echo "in C++17, xtape/$header says:" && echo "$output" | head -n 20 && exit 1; }
done
