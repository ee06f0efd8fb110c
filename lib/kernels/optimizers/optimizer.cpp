#include "kernels/optimizers/optimizer.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace xtape::kernels {
namespace {

// Elements per thread below which a second thread costs more than it saves.
constexpr int64_t grain = 16384;

// Splits the variables, laid end to end, between the threads: body(variable, begin, end).
template <class T, class Body>
void for_each_part(std::span<const OptimizerVariable<T>> variables, const Body& body) {
  int64_t total = 0;
  for (const OptimizerVariable<T>& variable : variables) total += variable.size;
  core::parallel_for(total, grain, [&](int64_t begin, int64_t end) {
    int64_t start = 0;
    for (const OptimizerVariable<T>& variable : variables) {
      const int64_t from = std::max(begin, start), to = std::min(end, start + variable.size);
      if (from < to) body(variable, from - start, to - start);
      start += variable.size;
    }
  });
}

template <class T>
T* at(T* slot, int64_t offset) {
  return slot ? slot + offset : nullptr;
}

}  // namespace

template <class T>
void sgd_update(std::span<const OptimizerVariable<T>> variables, const SgdFactors<T>& factors) {
  for_each_part(variables, [&](const OptimizerVariable<T>& x, int64_t begin, int64_t end) {
    XTAPE_DISPATCH(sgd_update(factors, end - begin, x.value + begin, x.gradient + begin, at(x.slots[0], begin)));
  });
}

template <class T>
void adam_update(std::span<const OptimizerVariable<T>> variables, const AdamFactors<T>& factors) {
  for_each_part(variables, [&](const OptimizerVariable<T>& x, int64_t begin, int64_t end) {
    XTAPE_DISPATCH(adam_update(factors, end - begin, x.value + begin, x.gradient + begin, x.slots[0] + begin,
                               x.slots[1] + begin, at(x.slots[2], begin)));
  });
}

template <class T>
void rmsprop_update(std::span<const OptimizerVariable<T>> variables, const RmspropFactors<T>& factors) {
  for_each_part(variables, [&](const OptimizerVariable<T>& x, int64_t begin, int64_t end) {
    XTAPE_DISPATCH(rmsprop_update(factors, end - begin, x.value + begin, x.gradient + begin, x.slots[0] + begin,
                                  at(x.slots[1], begin), at(x.slots[2], begin)));
  });
}

#define XTAPE_INSTANTIATE(T)                                                               \
  template void sgd_update(std::span<const OptimizerVariable<T>>, const SgdFactors<T>&);   \
  template void adam_update(std::span<const OptimizerVariable<T>>, const AdamFactors<T>&); \
  template void rmsprop_update(std::span<const OptimizerVariable<T>>, const RmspropFactors<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
