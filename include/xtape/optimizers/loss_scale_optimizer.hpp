#pragma once

#include <cstdint>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct LossScaleOptimizerOptions {
  double initial_scale = 32768;
  /// After so many steps with finite gradients the scale doubles.
  int64_t dynamic_growth_steps = 2000;
  std::string name = "loss_scale_optimizer";
};

/// Has another optimizer take its steps by gradients of a scaled loss, for types of low precision in which gradients
/// would vanish. A step with a gradient that is not finite halves the scale and is left out. All that is computed here
/// is float32 or float64, which need none: it is for programs and files that have it. What an optimizer is asked for
/// but `name`, `slots` and `variables` is that of the inner one, whose own loss_scale_factor is without effect. A step
/// cannot be captured: `jit_compile` trains without.
class XTAPE_API LossScaleOptimizer : public Optimizer {
 public:
  /// @throws ValueError for nothing (a null pointer) instead of an optimizer, an initial_scale that is not positive and
  /// finite, and dynamic_growth_steps below 1.
  explicit LossScaleOptimizer(Optimizer inner_optimizer, LossScaleOptimizerOptions options = {});
};

}  // namespace xtape::optimizers
