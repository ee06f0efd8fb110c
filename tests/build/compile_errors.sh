#!/usr/bin/env bash
# compile_errors.sh COMPILER SOURCE_TREE: mistakes that the compiler refuses, with a message that says what to do.
set -euo pipefail
compiler=$1 include=$2/include

all_errors=() # g++ gives all of them
if "$compiler" --version | grep -q clang; then all_errors=(-ferror-limit=0); fi

# Read once; clang, which takes no such file for the header, goes on to the header itself, as g++ does before C++20.
precompiled=$(mktemp -d)
trap 'rm -rf "$precompiled"' EXIT
mkdir "$precompiled/xtape"
"$compiler" -std=c++20 -w -I"$include" -x c++-header "$include/xtape/xtape.hpp" -o "$precompiled/xtape/xtape.hpp.gch"

compile() { # compile STANDARD < program
  "$compiler" "-std=$1" -I"$precompiled" -I"$include" "${all_errors[@]}" -fsyntax-only -x c++ - 2>&1
}

refused() { # refused MESSAGE STATEMENT...: each of them, with tensors x and y, a layer and logs
  local message=$1 number=0 statement output errors
  shift
  output=$({
    printf '%s\n' '#include <xtape/xtape.hpp>' 'using namespace xtape;' \
      'void f(Tensor x, Tensor y, layers::Dense layer, callbacks::Logs logs) {' '#line 1 "statement"' "$@" '}'
  } | compile c++20) || true
  for statement; do
    number=$((number + 1))
    errors=$(awk -v own="^statement:$number:.* error: " '/ error: / { inside = $0 ~ own } inside' <<<"$output")
    [ -n "$errors" ] || { echo "compiles: $statement" && exit 1; }
    grep -qF -- "$message" <<<"$errors" || { echo "no \"$message\" for $statement in" && echo "$errors" && exit 1; }
  done
}

# What assignment to a variable takes, a temporary refuses.
compile c++20 <<'PROGRAM' || { echo "does not compile" && exit 1; }
#include <map>
#include <tuple>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>
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
  const std::vector<int> axes = {0, 1};
  sum(x, z), sum(x, {z, 0}), sum(x, axes), sum(x, Axis(1)), softmax(x, u), x.shape(z), x.select(z, u);
  x.slice(0, {0, z}), x.slice(0, {.start = u}), x.slice(0, {std::nullopt, 3}), one_hot(x, z), split(x, list.size());
  enum Dim { batch, time };
  const char c = 1;
  x[time], x[{batch, 1}], sum(x, time), sum(x, {batch, time}), softmax(x, c), sum(x, c), x.transpose(batch, time);
  x.slice(time, {batch, time}), one_hot(x, c), split(x, {2}), split(x, {z}, -1), split(x, {1, 2}, time), split(x, time);
  layers::Embedding(time, 3), layers::Concatenate({.axis = time}), layers::Conv2D(8, time);
  layers::Conv2D(z, 3), layers::Conv2D(2, {3, u}), layers::ZeroPadding2D({1, 2});
  layers::ZeroPadding2D({{1, 0}, {2, 1}}), layers::ZeroPadding2D(2);
  layers::Softmax({.axis = 1}), callbacks::Logs()[0], callbacks::Logs()[u], callbacks::Logs()["loss"];
}
PROGRAM
refused 'use x[0].assign(tensor) or x[0].fill(number)' 'x[0] = y;' 'x[{0, 1}] = y;' 'x.slice(0, {0, 1}) = y;' \
  'x.transpose() = y;' 'x[0] = std::move(y);' 'x[0] = 1.0;' 'x.grad() = y;'

# What a layer does is no layer. A misspelt option leads to the struct that has them.
refused 'no layer yet: write `using Scale = Handle<ScaleImpl>;`' '[](const layers::LayerImpl& impl) { layers::Layer l(impl); };'
refused 'see DenseOptions' 'layers::Dense(3, {.activaton = "relu"});'

# The list is a copy that is gone at the end of the statement.
refused 'use list[0].assign or set_weights(list)' 'layer.get_weights()[0] = y;' \
  'layer.trainable_variables()[0] = y;' 'layer.weights()[0].value = y;' 'layer.get_weights()[0] = std::move(y);' \
  'split(x, 2)[0] = y;' 'split(x, {1, 2}, 1)[0] = x + y;'

# A truth value is no axis.
refused 'Truth keepdims) = delete' 'sum(x, true);' 'x.sum(true);' 'x.mean(true);' 'max(x, true);'
refused 'Truth not_a_number) = delete' 'argmax(x, true);' 'argmin(x, true);' 'softmax(x, true);' \
  'log_softmax(x, true);' 'expand_dims(x, true);' 'x.expand_dims(true);' 'x.shape(true);' 'x.flatten(true);' \
  'x.transpose(0, true);' 'transpose(x, true, false);' 'x.slice(true, {});' 'x.select(true, 0);' 'take(x, y, true);' \
  'take_along_axis(x, y, true);' 'concatenate({x, y}, true);' 'stack({x, y}, true);' 'split(x, 2, true);'
# Nor is it a count or a position, and a floating number is none of them.
refused 'Truth not_a_number) = delete' 'split(x, true);' 'one_hot(x, true);' 'eye(true);' 'eye(3, true);' \
  'linspace(0, 1, true);' 'randperm(true);' 'utils::to_categorical(x, true);' 'layers::Dense{true};' \
  'layers::Conv2D(true, 3);' 'layers::Embedding(10, true);' 'layers::LSTM{true};' 'layers::MultiHeadAttention(2, true);'
refused '' 'sum(x, 0.5);' 'sum(x, {0, true});' 'softmax(x, 1.0);' 'one_hot(x, 2.5);' 'layers::Dense{2.5};' \
  'layers::Conv2D(2, true);' 'layers::Conv2D(2, 2.5);' 'layers::ZeroPadding2D{true};' 'x[true];' 'x[{0, true}];' \
  'x[1.5];' 'x.select(0, true);' 'x.select(0, 1.5);' 'x.slice(0, {.start = true});' 'x.slice(0, {0, 1.5});' \
  'logs[true];' 'logs[0.5];' 'layers::Softmax({.axis = true});'

# Before C++20 the first error is a sentence, whichever header is first.
for header in xtape.hpp tensor.hpp dual.hpp; do
  output=$(compile c++17 <<<"#include <xtape/$header>" || true)
  grep -m 1 'error:' <<<"$output" | grep -q 'xtape needs C++20: compile with -std=c++20' ||
    { echo "in C++17, xtape/$header says:" && echo "$output" | head -n 20 && exit 1; }
done
