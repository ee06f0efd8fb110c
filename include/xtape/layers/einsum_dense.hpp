#pragma once

#include <optional>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/lengths.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct EinsumDenseOptions {
  activations::Activation activation = {};
  /// Letters of the output's axes that have a bias; none by default.
  std::optional<std::string> bias_axes = std::nullopt;
  initializers::Initializer kernel_initializer = "glorot_uniform";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer kernel_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  regularizers::Regularizer activity_regularizer = {};
  constraints::Constraint kernel_constraint = {};
  constraints::Constraint bias_constraint = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// activation(einsum(equation, inputs, kernel) + bias), with an equation `[X],[Y]->[Z]`, `...[X],[Y]->...[Z]` or
/// `[X]...,[Y]->[Z]...` of letters for the axes of inputs, kernel and outputs (xtape::einsum); the first axis, or the
/// first of the ellipsis on the left, is that of the batch:
/// ```
/// const EinsumDense dense("abc,cd->abd", {-1, 64}, {.bias_axes = "d"});  // what Dense(64) does with sequences
/// ```
/// Weights: kernel, of the lengths of its letters, and bias, from the first of bias_axes to the last axis, with the
/// length 1 where there is none.
class XTAPE_API EinsumDense : public Layer {
 public:
  /// `output_shape`: the lengths of the axes of [Z], without that of the batch; -1 for one that the inputs have.
  /// @throws ValueError for an equation of another form, one whose kernel or output has a letter of nowhere else, or a
  /// bias axis that is none of the output's. In the first call ShapeError unless the inputs have as many dimensions as
  /// the equation says, output_shape as many lengths, both the same where they share a letter, and all lengths of the
  /// kernel and the bias are known; later ShapeError for other lengths.
  EinsumDense(const std::string& equation, const Lengths& output_shape, EinsumDenseOptions options = {});
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static EinsumDense from_config(const Config& config);
};

}  // namespace xtape::layers
