#pragma once

#include <vector>
#include <xtape/tensor.hpp>

namespace xtape {

/// Steps of optimizers, in place and not recorded, in one pass over each variable. Element i of each list belongs to
/// variable i; all lists have one length, and tensors of one place one shape and floating type and, but for gradients,
/// contiguous elements. No tensor that is changed shares memory with another one; this is not checked. A learning rate
/// beyond the type of a variable is its largest number. `decay` is subtracted first, times the variable: w -= decay *
/// w; but not of variables of which `undecayed`, if given, is true. An `epsilon` that is below the smallest normal
/// number of a variable's type counts as that, so that gradients of 0 do not divide 0 by 0. A finite gradient beyond
/// 2^63 (float64: 2^511) counts as one of that size where its square is taken, which would overflow soon.
///
/// `rates`, if given, stands for learning_rate and decay: float64 [2], read where the step runs, so that a captured
/// step (program.hpp) has those of each run. For steps of which more numbers change, they are the first ones of its
/// struct: [5] for Nadam, [4] for Lamb, [3] for Adafactor. One more may follow: nothing is changed by a run where it is
/// 0.
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
  std::vector<bool> undecayed = {};
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
  std::vector<bool> undecayed = {};
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
  std::vector<bool> undecayed = {};
};
/// v = rho * v + (1 - rho) * g^2; u = learning_rate * g / sqrt(v + epsilon); w -= u. With `averages`
/// (centered) a = rho * a + (1 - rho) * g, and max(v - a^2, 0) stands for v (rounding may take it below 0, where Keras
/// has NaN). With `momentums`,
/// m = momentum * m + u; w -= m. Both may be empty.
XTAPE_API void rmsprop_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                              const std::vector<Tensor>& velocities, const std::vector<Tensor>& momentums,
                              const std::vector<Tensor>& averages, const RmspropStep& step);

struct NadamStep {
  double learning_rate = 0;
  double decay = 0;
  /// u_{t+1} / (1 - u_1 ... u_{t+1}), (1 - u_t) / (1 - u_1 ... u_t) and 1 / (1 - beta_2^t), with Nadam's schedule u.
  double momentum_factor = 0.9;
  double gradient_factor = 0.1;
  double velocity_factor = 1;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  Tensor rates = {};
  std::vector<bool> undecayed = {};
};
/// m and v as in adam_update; w -= learning_rate * (momentum_factor * m + gradient_factor * g) / (sqrt(velocity_factor
/// * v) + epsilon) (Dozat, 2015).
XTAPE_API void nadam_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                            const std::vector<Tensor>& momentums, const std::vector<Tensor>& velocities,
                            const NadamStep& step);

struct AdamaxStep {
  /// With the correction of bias: lr / (1 - beta_1^t).
  double learning_rate = 0;
  double decay = 0;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  Tensor rates = {};
  std::vector<bool> undecayed = {};
};
/// m += (1 - beta_1) * (g - m); u = max(beta_2 * u, |g|); w -= learning_rate * m / (u + epsilon) (Kingma and Ba, 2014).
XTAPE_API void adamax_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                             const std::vector<Tensor>& momentums, const std::vector<Tensor>& norms,
                             const AdamaxStep& step);

struct AdagradStep {
  double learning_rate = 0;
  double decay = 0;
  double epsilon = 1e-7;
  Tensor rates = {};
  std::vector<bool> undecayed = {};
};
/// s += g^2, up to the largest number; w -= learning_rate * g / sqrt(s + epsilon) (Duchi, Hazan and Singer, 2011).
XTAPE_API void adagrad_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                              const std::vector<Tensor>& accumulators, const AdagradStep& step);

struct AdadeltaStep {
  double learning_rate = 0;
  double decay = 0;
  double rho = 0.95;
  double epsilon = 1e-7;
  Tensor rates = {};
  std::vector<bool> undecayed = {};
};
/// s = rho * s + (1 - rho) * g^2; d = sqrt((c + epsilon) / (s + epsilon)) * g; c = rho * c + (1 - rho) * d^2;
/// w -= learning_rate * d, with the running means of squares s of gradients and c of changes (Zeiler, 2012).
XTAPE_API void adadelta_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                               const std::vector<Tensor>& squares, const std::vector<Tensor>& changes,
                               const AdadeltaStep& step);

struct LionStep {
  double learning_rate = 0;
  double decay = 0;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  Tensor rates = {};
  std::vector<bool> undecayed = {};
};
/// w -= learning_rate * sign(beta_1 * m + (1 - beta_1) * g); m = beta_2 * m + (1 - beta_2) * g (Chen et al., 2023).
XTAPE_API void lion_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                           const std::vector<Tensor>& momentums, const LionStep& step);

struct FtrlStep {
  /// Positive: it divides.
  double learning_rate = 0;
  double decay = 0;
  /// 0 or below.
  double learning_rate_power = -0.5;
  /// 0 or above, these three.
  double l1 = 0;
  double l2 = 0;
  double l2_shrinkage = 0;
  double beta = 0;
  Tensor rates = {};
  std::vector<bool> undecayed = {};
};
/// n' = n + g^2, up to the largest number; z += g + 2 * l2_shrinkage * w - (n'^p - n^p) / learning_rate * w with p =
/// -learning_rate_power; w = (clip(z, -l1, l1) - z) / ((n'^p + beta) / learning_rate + 2 * l2); n = n' (McMahan et al.,
/// 2013).
XTAPE_API void ftrl_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                           const std::vector<Tensor>& accumulators, const std::vector<Tensor>& linears,
                           const FtrlStep& step);

struct LambStep {
  double learning_rate = 0;
  double decay = 0;
  /// 1 / (1 - beta_1^t) and 1 / (1 - beta_2^t).
  double momentum_factor = 1;
  double velocity_factor = 1;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  Tensor rates = {};
  std::vector<bool> undecayed = {};
};
/// m and v as in adam_update; u = momentum_factor * m / (sqrt(velocity_factor * v) + epsilon); w -= learning_rate * u *
/// |w| / |u|, with the norms over a whole variable, or learning_rate * u where one of them is 0 (You et al., 2019).
XTAPE_API void lamb_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                           const std::vector<Tensor>& momentums, const std::vector<Tensor>& velocities,
                           const LambStep& step);

struct AdafactorStep {
  double learning_rate = 0;
  double decay = 0;
  double beta_2 = 0;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1;
  Tensor rates = {};
  std::vector<bool> undecayed = {};
};
/// Of variables with two axes and more, r and c are running means of g^2 + epsilon_1 over the last axis and the one
/// before it, by beta_2, and v = r * c / mean(r); with fewer axes, v is the running mean, and their r and c are not
/// looked at. u = g / sqrt(v); w -= learning_rate * max(epsilon_2, rms(w)) * u / max(1, rms(u) / clip_threshold), with
/// the root mean square over a variable (Shazeer and Stern, 2018). Gradients beyond 2^50 (float64: 2^480) count as ones
/// of that size. @throws ShapeError unless r and c have the variable's shape without the last axis, and without the one
/// before it; ValueError for a clip_threshold that is not positive.
XTAPE_API void adafactor_update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                                const std::vector<Tensor>& rows, const std::vector<Tensor>& columns,
                                const std::vector<Tensor>& velocities, const AdafactorStep& step);

}  // namespace xtape
