#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {

Calls normalization_calls() {
  return {
      {"layer_norm",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {layer_norm(x[0], x[1], x[2], arguments.number("epsilon", 1e-3))};
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
