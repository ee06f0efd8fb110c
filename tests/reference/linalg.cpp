#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {

namespace {

std::vector<int> axes_of(const Config& arguments, const char* key) {
  const std::vector<int64_t> axes = arguments.integers(key);
  return {axes.begin(), axes.end()};
}

}  // namespace

Calls linalg_calls() {
  return {
      {"matmul", [](const Tensors& x, const Config&) -> Tensors { return {matmul(x[0], x[1])}; }},
      {"einsum",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {einsum(arguments.text("equation", ""), x)};
       }},
      {"tensordot",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {tensordot(x[0], x[1], axes_of(arguments, "axes_a"), axes_of(arguments, "axes_b"))};
       }},
      {"batch_dot",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {batch_dot(x[0], x[1], arguments.integer("axis_a", 1), arguments.integer("axis_b", 1))};
       }},
      {"dense",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {dense(x[0], x[1], x[2], arguments.text("activation", "linear"))};
       }},
  };
}

}  // namespace xtape::test
