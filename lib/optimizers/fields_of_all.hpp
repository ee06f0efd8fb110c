#pragma once

#include <xtape/fields.hpp>

namespace xtape::optimizers {

// The fields that all optimizers have, and those of Keras that none has here.
template <class Options>
void fields_of_all(Fields& f, Options& options) {
  f("name", options.name)("learning_rate", options.learning_rate)("weight_decay", options.weight_decay)(
      "clipnorm", options.clipnorm)("global_clipnorm", options.global_clipnorm)("clipvalue", options.clipvalue);
  f.accept("use_ema", false).accept("ema_momentum", 0.99).accept("ema_overwrite_frequency", {});
  f.accept("loss_scale_factor", {}).accept("gradient_accumulation_steps", {});
}

}  // namespace xtape::optimizers
