#pragma once

#include <vector>
#include <xtape/tensor.hpp>

namespace xtape {

/// Steps of optimizers, in place and not recorded, in one pass over each variable. Element i of each list belongs to
/// variable i; all lists have one length, and tensors of one place one shape and floating type and, but for gradients,
/// contiguous elements. No tensor that is changed shares memory with another one; this is not checked. A learning rate
/// beyond the type of a variable is its largest number. `decay` is subtracted first, times the variable: w -= decay *
/// w. An `epsilon` that is below the smallest normal number of a variable's type counts as that, so that gradients of 0
/// do not divide 0 by 0. A finite gradient beyond 2^63 (float64: 2^511) counts as one of that size where its square is
/// taken, which would overflow soon. `rates`, if given, stands for learning_rate and decay: float64 [2], read where the
/// step runs, so that a captured step (program.hpp) has those of each run.
/// @throws ValueError for lists of different lengths, one that the step needs and that is empty, or elements that are
/// not contiguous; ShapeError, DTypeError for tensors of one place that differ in shape or type, or are not floating,
/// and for other rates;
/// ValueError for a number that is not finite, a negative epsilon, or a beta or rho outside [0, 1]; AutogradError for a
/// variable that was computed by a recorded operation, unless under NoGrad; nothing is changed then.

struct SgdStep {
  double learning_rate = 0;
  double decay = 0;
  double momentum = 0;
  bool nesterov = false;
  Tensor rates = {};
};
/// m = momentum * m - learning_rate * g; w += m, or w += momentum * m - learning_rate * g (Nesterov).
/// Without momentum w -= learning_rate * g, and `velocities` may be empty.
XTAPE_API void sgd_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                          const std::vector<Tensor>& velocities, const SgdStep& step);

struct AdamStep {
  /// With the correction of bias: lr * sqrt(1 - beta_2^t) / (1 - beta_1^t).
  double learning_rate = 0;
  double decay = 0;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  Tensor rates = {};
};
/// m += (1 - beta_1) * (g - m); v += (1 - beta_2) * (g^2 - v); w -= learning_rate * m / (sqrt(v) + epsilon)
/// (Kingma and Ba, 2014). With `largest` (AMSGrad; Reddi et al., 2018), the largest v so far stands for v.
XTAPE_API void adam_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                           const std::vector<Tensor>& momentums, const std::vector<Tensor>& velocities,
                           const std::vector<Tensor>& largest, const AdamStep& step);

struct RmspropStep {
  double learning_rate = 0;
  double decay = 0;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  Tensor rates = {};
};
/// v = rho * v + (1 - rho) * g^2; u = learning_rate * g / sqrt(v + epsilon); w -= u. With `averages`
/// (centered) a = rho * a + (1 - rho) * g, and max(v - a^2, 0) stands for v (rounding may take it below 0, where Keras
/// has NaN). With `momentums`,
/// m = momentum * m + u; w -= m. Both may be empty.
XTAPE_API void rmsprop_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                              const std::vector<Tensor>& velocities, const std::vector<Tensor>& momentums,
                              const std::vector<Tensor>& averages, const RmspropStep& step);

}  // namespace xtape
