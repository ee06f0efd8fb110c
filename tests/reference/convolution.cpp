#include <array>
#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {
namespace {

std::array<int64_t, 2> pair_of(const Config& arguments, const char* key, const std::array<int64_t, 2>& otherwise) {
  if (!arguments.contains(key)) return otherwise;
  const std::vector<int64_t> values = arguments.integers(key);
  return {values.at(0), values.at(1)};
}

Conv2dOptions convolution_of(const Config& arguments) {
  return {.strides = pair_of(arguments, "strides", {1, 1}),
          .padding = arguments.text("padding", "valid"),
          .dilation_rate = pair_of(arguments, "dilation_rate", {1, 1}),
          .groups = arguments.integer("groups", 1)};
}

Pool2dOptions pool_of(const Config& arguments) {
  Pool2dOptions options{.pool_size = pair_of(arguments, "pool_size", {2, 2}),
                        .padding = arguments.text("padding", "valid")};
  if (arguments.contains("strides")) options.strides = pair_of(arguments, "strides", {});
  return options;
}

}  // namespace

Calls convolution_calls() {
  return {
      {"conv2d",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         const Conv2dOptions options = convolution_of(arguments);
         if (x.size() == 2) return {conv2d(x[0], x[1], options)};
         return {conv2d(x[0], x[1], x[2], arguments.text("activation", ""), options)};
       }},
      {"conv2d_max_pool2d",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {conv2d_max_pool2d(x[0], x[1], x[2], arguments.text("activation", ""), convolution_of(arguments),
                                   pool_of(arguments.object("pool")))};
       }},
      {"max_pool2d",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {max_pool2d(x[0], pool_of(arguments))}; }},
      {"avg_pool2d",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {avg_pool2d(x[0], pool_of(arguments))}; }},
  };
}

}  // namespace xtape::test
