#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {

namespace {

std::vector<int> axes_of(const Config& arguments) {
  const std::vector<int64_t> axes = arguments.integers("axes");
  return {axes.begin(), axes.end()};
}

}  // namespace

Calls normalization_calls() {
  return {
      {"layer_norm",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         if (arguments.contains("axes")) return {layer_norm(x[0], x[1], x[2], 1e-3, axes_of(arguments))};
         return {layer_norm(x[0], x[1], x[2], arguments.number("epsilon", 1e-3))};
       }},
      {"rms_norm",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         if (arguments.contains("axes")) return {rms_norm(x[0], x[1], 1e-6, axes_of(arguments))};
         return {rms_norm(x[0], x[1], arguments.number("epsilon", 1e-6))};
       }},
      {"group_norm",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {group_norm(x[0], x[1], x[2], arguments.integer("groups", 1))};
       }},
      {"normalize",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {normalize(x[0], -1, arguments.number("order", 2))};
       }},
      {"masked_batch_norm",
       [](const Tensors& x, const Config&) -> Tensors {
         const BatchNormResult all = masked_batch_norm(x[0], x[1], x[2], x[3]);
         return {all.y, all.mean, all.variance};
       }},
      // With mean and variance as in inference, else as in training.
      {"batch_norm",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         const double epsilon = arguments.number("epsilon", 1e-3);
         const std::string activation = arguments.text("activation", "linear");
         if (x.size() == 5) return {batch_norm(x[0], x[1], x[2], x[3], x[4], epsilon, activation)};
         const BatchNormResult all = batch_norm(x[0], x[1], x[2], epsilon, activation);
         return {all.y, all.mean, all.variance};
       }},
  };
}

}  // namespace xtape::test
