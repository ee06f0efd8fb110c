#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace xtape::kernels {

// The constants of one step, in the variables' own type; `keep` is what decoupled decay leaves of a weight.
template <class T>
struct SgdFactors {
  T rate, keep, momentum;
  bool nesterov;
};
template <class T>
struct AdamFactors {
  T rate, keep, fraction_1, fraction_2, epsilon;  // the fractions are 1 - beta
};
template <class T>
struct RmspropFactors {
  T rate, keep, rho, momentum, epsilon;
};

// The arrays of one variable, each of `size` elements. The slots are, in this order:
// SGD      the velocity, or null without momentum;
// Adam     m, v and the largest v so far, or null without AMSGrad;
// RMSprop  v, the momentum or null, the average gradient or null where not centered.
template <class T>
struct OptimizerVariable {
  int64_t size;
  T* value;
  const T* gradient;
  T* slots[3];
};

// One pass over a variable, or over a part of one; none of its arrays overlap.
XTAPE_DECLARE_KERNEL(template <class T> void sgd_update(const SgdFactors<T>& f, const OptimizerVariable<T>& x))
XTAPE_DECLARE_KERNEL(template <class T> void adam_update(const AdamFactors<T>& f, const OptimizerVariable<T>& x))
XTAPE_DECLARE_KERNEL(template <class T> void rmsprop_update(const RmspropFactors<T>& f, const OptimizerVariable<T>& x))

}  // namespace xtape::kernels
