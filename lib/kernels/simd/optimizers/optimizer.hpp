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

// One pass over n elements. Pointers that an optimizer can do without may be null (kernels/optimizers/optimizer.hpp).
XTAPE_DECLARE_KERNEL(template <class T> void sgd_update(const SgdFactors<T>& f, int64_t n, T* w, const T* g, T* m))
XTAPE_DECLARE_KERNEL(template <class T>
                     void adam_update(const AdamFactors<T>& f, int64_t n, T* w, const T* g, T* m, T* v, T* largest))
XTAPE_DECLARE_KERNEL(template <class T>
                     void rmsprop_update(const RmspropFactors<T>& f, int64_t n, T* w, const T* g, T* v, T* m, T* a))

}  // namespace xtape::kernels
