#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {
namespace {

// A cross-entropy of probabilities, or of what softmax or sigmoid make of logits.
Call crossentropy(Tensor (*op)(const Tensor&, const Tensor&)) {
  return [op](const Tensors& x, const Config& arguments) -> Tensors {
    const std::string behind = arguments.text("behind", "");
    return {op(x[0], behind == "softmax" ? softmax(x[1]) : behind == "sigmoid" ? sigmoid(x[1]) : x[1])};
  };
}

}  // namespace

Calls softmax_calls() {
  return {
      {"softmax",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {softmax(x[0], axis_of(arguments, -1))}; }},
      {"log_softmax",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {log_softmax(x[0], axis_of(arguments, -1))};
       }},
      {"sparsemax",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {sparsemax(x[0], axis_of(arguments, -1))}; }},
      {"categorical_crossentropy_from_logits", crossentropy(categorical_crossentropy_from_logits)},
      {"categorical_crossentropy", crossentropy(categorical_crossentropy)},
      {"sparse_categorical_crossentropy_from_logits", crossentropy(sparse_categorical_crossentropy_from_logits)},
      {"sparse_categorical_crossentropy", crossentropy(sparse_categorical_crossentropy)},
      {"binary_crossentropy_from_logits", crossentropy(binary_crossentropy_from_logits)},
      {"binary_crossentropy", crossentropy(binary_crossentropy)},
  };
}

}  // namespace xtape::test
