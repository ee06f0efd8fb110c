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

struct GRUCellOptions {
  activations::Activation activation = "tanh";
  activations::Activation recurrent_activation = "sigmoid";
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
  /// The part of the hidden states that is dropped in training where they meet the recurrent kernel, the same at all
  /// steps; each gate drops others, of the inputs too, and training is slower then.
  double recurrent_dropout = 0;
  /// Let the reset gate act on the hidden state's product with the recurrent kernel (as cuDNN does, and faster here),
  /// not on the hidden state before it (as Cho et al. do).
  bool reset_after = true;
  /// Of the stream that dropout draws from; default: the global one.
  std::optional<uint64_t> seed = std::nullopt;
  /// 1 lets each gate drop other parts of the inputs, as it does anyhow where recurrent_dropout is set; 2 drops the
  /// same for all. Results are the same without dropout.
  int64_t implementation = 2;
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// One step of GRU: inputs [batch, in], one state and output [batch, units]. Weights as there.
class XTAPE_API GRUCell : public Cell {
 public:
  /// @throws ValueError if units < 1 or 2^61 and more, a dropout lies outside [0, 1), or implementation is neither 1
  /// nor 2.
  explicit GRUCell(Count units, GRUCellOptions options = {});  // refused? see GRUCellOptions

  /// The cell that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static GRUCell from_config(const Config& config);
};

}  // namespace xtape::layers
