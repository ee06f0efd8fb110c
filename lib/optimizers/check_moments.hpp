#pragma once

#include <string>
#include <xtape/detail/numbers.hpp>

namespace xtape::optimizers {

// What optimizers of a first and a second moment ask of their options. @throws ValueError for a beta outside [0, 1) and
// an epsilon that is negative or not finite.
template <class Options>
void check_moments(const std::string& name, const Options& options) {
  detail::check_number(name, "beta_1", options.beta_1, detail::Range::from_0_below_1);
  detail::check_number(name, "beta_2", options.beta_2, detail::Range::from_0_below_1);
  detail::check_number(name, "epsilon", options.epsilon, detail::Range::finite_and_not_negative);
}

}  // namespace xtape::optimizers
