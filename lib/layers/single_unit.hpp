#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <xtape/activations/activation.hpp>
#include <xtape/error.hpp>

namespace xtape::layers {

// @throws ValueError for a softmax over a single unit, which is 1 whatever is learned (Keras warns). `option` is what
// there have to be more of.
inline void check_units(std::string_view layer, const char* option, int64_t units,
                        const activations::Activation& activation) {
  if (units != 1 || (activation.name() != "softmax" && activation.name() != "log_softmax")) return;
  throw ValueError(std::string(layer) + ": the " + activation.name() +
                   " of a single unit is a constant; use sigmoid, or as many " + option + " as there are classes");
}

}  // namespace xtape::layers
