#pragma once

#include <cstdint>
#include <string>
#include <xtape/fields.hpp>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

// What a LossScaleOptimizer is written as. Files of older releases have the options of all optimizers too.
struct LossScaleFields {
  Optimizer inner_optimizer = {};
  double initial_scale = 32768;
  int64_t dynamic_growth_steps = 2000;
  std::string name = "loss_scale_optimizer";

  void fields(Fields& f) {
    f("name", name)("inner_optimizer", inner_optimizer)("initial_scale", initial_scale);
    f("dynamic_growth_steps", dynamic_growth_steps);
    for (const char* unset : {"weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "ema_overwrite_frequency",
                              "loss_scale_factor", "gradient_accumulation_steps"}) {
      f.accept(unset, {});
    }
    f.accept("use_ema", false).accept("ema_momentum", 0.99).accept("dynamic", true);
  }
};

}  // namespace xtape::optimizers
