#pragma once

#include <xtape/fields.hpp>

namespace xtape::optimizers {

// The fields that all optimizers have.
template <class Options>
void fields_of_all(Fields& f, Options& options) {
  f("name", options.name)("learning_rate", options.learning_rate)("weight_decay", options.weight_decay);
  f("clipnorm", options.clipnorm)("global_clipnorm", options.global_clipnorm)("clipvalue", options.clipvalue);
  f("use_ema", options.use_ema)("ema_momentum", options.ema_momentum);
  f("ema_overwrite_frequency", options.ema_overwrite_frequency)("loss_scale_factor", options.loss_scale_factor);
  f("gradient_accumulation_steps", options.gradient_accumulation_steps);
}

// Takes over what all optimizers are told.
template <class Options, class From>
Options with_all_of(const From& from, Options options) {
  options.learning_rate = from.learning_rate;
  options.weight_decay = from.weight_decay;
  options.clipnorm = from.clipnorm;
  options.clipvalue = from.clipvalue;
  options.global_clipnorm = from.global_clipnorm;
  options.use_ema = from.use_ema;
  options.ema_momentum = from.ema_momentum;
  options.ema_overwrite_frequency = from.ema_overwrite_frequency;
  options.loss_scale_factor = from.loss_scale_factor;
  options.gradient_accumulation_steps = from.gradient_accumulation_steps;
  options.name = from.name;
  return options;
}

}  // namespace xtape::optimizers
