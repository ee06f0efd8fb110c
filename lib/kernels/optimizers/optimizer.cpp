#include "kernels/optimizers/optimizer.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace xtape::kernels {
namespace {

// Elements per thread below which a second thread costs more than it saves.
constexpr int64_t grain = 16384;

// The elements [begin, end) of a variable, with their gradient.
template <class T>
OptimizerVariable<T> part_of(const OptimizerVariable<T>& x, int64_t begin, int64_t end, const T* gradient) {
  OptimizerVariable<T> part{end - begin, x.value + begin, gradient, {}};
  for (int slot = 0; slot < 3; ++slot) part.slots[slot] = x.slots[slot] ? x.slots[slot] + begin : nullptr;
  return part;
}

// Elements of an outer product that are made at a time: they stay in the first-level cache.
constexpr int64_t block = 2048;

// The elements [begin, end) of a variable whose gradient is an outer product: body(part) for each block. A gradient
// below the normal range is made as everywhere; `body` takes it for 0.
template <class T, class Body>
void for_each_block(const OptimizerVariable<T>& x, int64_t begin, int64_t end, const Body& body) {
  alignas(64) T gradient[block];
  for (; begin < end; begin += block) {
    const OptimizerVariable<T> part = part_of(x, begin, std::min(begin + block, end), gradient);
    XTAPE_DISPATCH(outer_product(x.gradient, x.row, x.columns, begin, part.size, gradient));
    body(part);
  }
}

// Splits the variables, laid end to end, between the threads: body(part).
template <class T, class Body>
void for_each_part(std::span<const OptimizerVariable<T>> variables, const Body& body) {
  int64_t total = 0;
  for (const OptimizerVariable<T>& variable : variables) total += variable.size;
  core::parallel_for(total, grain, [&](int64_t begin, int64_t end) {
    int64_t start = 0;
    for (const OptimizerVariable<T>& variable : variables) {
      const int64_t from = std::max(begin, start), to = std::min(end, start + variable.size);
      if (variable.row) {
        for_each_block(variable, from - start, to - start, body);
      } else if (from < to) {
        body(part_of(variable, from - start, to - start, variable.gradient + (from - start)));
      }
      start += variable.size;
    }
  });
}

}  // namespace

template <class T>
void sgd_update(std::span<const OptimizerVariable<T>> variables, const SgdFactors<T>& factors) {
  for_each_part(variables, [&](const OptimizerVariable<T>& x) { XTAPE_DISPATCH(sgd_update(factors, x)); });
}

template <class T>
void adam_update(std::span<const OptimizerVariable<T>> variables, const AdamFactors<T>& factors) {
  for_each_part(variables, [&](const OptimizerVariable<T>& x) { XTAPE_DISPATCH(adam_update(factors, x)); });
}

template <class T>
void rmsprop_update(std::span<const OptimizerVariable<T>> variables, const RmspropFactors<T>& factors) {
  for_each_part(variables, [&](const OptimizerVariable<T>& x) { XTAPE_DISPATCH(rmsprop_update(factors, x)); });
}

template <class Factors, class T>
void elementwise_update(std::span<const OptimizerVariable<T>> variables, const Factors& factors) {
  for_each_part(variables, [&](const OptimizerVariable<T>& x) { XTAPE_DISPATCH(elementwise_update(factors, x)); });
}

#define XTAPE_INSTANTIATE(T)                                                                          \
  template void sgd_update(std::span<const OptimizerVariable<T>>, const SgdFactors<T>&);              \
  template void adam_update(std::span<const OptimizerVariable<T>>, const AdamFactors<T>&);            \
  template void rmsprop_update(std::span<const OptimizerVariable<T>>, const RmspropFactors<T>&);      \
  template void elementwise_update(std::span<const OptimizerVariable<T>>, const NadamFactors<T>&);    \
  template void elementwise_update(std::span<const OptimizerVariable<T>>, const AdamaxFactors<T>&);   \
  template void elementwise_update(std::span<const OptimizerVariable<T>>, const AdagradFactors<T>&);  \
  template void elementwise_update(std::span<const OptimizerVariable<T>>, const AdadeltaFactors<T>&); \
  template void elementwise_update(std::span<const OptimizerVariable<T>>, const LionFactors<T>&);     \
  template void elementwise_update(std::span<const OptimizerVariable<T>>, const FtrlFactors<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
