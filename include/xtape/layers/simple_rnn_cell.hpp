#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/cell.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct SimpleRNNCellOptions {
  activations::Activation activation = "tanh";
  bool use_bias = true;
  initializers::Initializer kernel_initializer = "glorot_uniform";
  initializers::Initializer recurrent_initializer = "orthogonal";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer kernel_regularizer = {};
  regularizers::Regularizer recurrent_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  constraints::Constraint kernel_constraint = {};
  constraints::Constraint recurrent_constraint = {};
  constraints::Constraint bias_constraint = {};
  /// The part of the inputs that is dropped in training, the same at all steps.
  double dropout = 0;
  /// The part of the states that is dropped in training where they meet the recurrent kernel, the same at all steps.
  double recurrent_dropout = 0;
  /// Of the stream that dropout draws from; default: the global one.
  std::optional<uint64_t> seed = std::nullopt;
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// One step of SimpleRNN: inputs [batch, in], one state and output [batch, units]. Weights as there.
class XTAPE_API SimpleRNNCell : public Cell {
 public:
  /// @throws ValueError if units < 1 or 2^61 and more, or a dropout lies outside [0, 1).
  explicit SimpleRNNCell(Count units, SimpleRNNCellOptions options = {});  // refused? see SimpleRNNCellOptions

  /// The cell that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static SimpleRNNCell from_config(const Config& config);
};

}  // namespace xtape::layers
