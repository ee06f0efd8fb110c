#include "core/random.hpp"

#include <limits>
#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/random/random.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

// `draw(state, count, address)` fills a new floating tensor from the global stream.
template <class Draw>
Tensor drawn(const char* operation, const Shape& shape, DType dtype, Draw draw) {
  if (!is_floating(dtype)) {
    throw DTypeError(std::string(operation) + ": expected float32 or float64, got " + name(dtype));
  }
  Tensor result = core::make_tensor(shape, dtype, operation);
  const RandomState state = core::reserve_random(kernels::random_blocks(result.numel()));
  core::switch_floating(dtype, [&](auto type) { draw(state, result.numel(), core::elements<decltype(type)>(result)); });
  return result;
}

// @throws ValueError unless low, ..., high - 1 can be told apart in `dtype`.
void check_holds(int64_t low, int64_t high, DType dtype) {
  const bool holds = core::switch_dtype(dtype, [&](auto type) {
    using T = decltype(type);
    using Limits = std::numeric_limits<T>;
    if constexpr (is_floating(dtype_of<T>)) {
      constexpr int64_t exact = int64_t{1} << Limits::digits;
      return low >= -exact && high - 1 <= exact;
    } else {
      return low >= static_cast<int64_t>(Limits::min()) && high - 1 <= static_cast<int64_t>(Limits::max());
    }
  });
  if (!holds) {
    throw ValueError("randint: " + std::string(name(dtype)) + " does not hold all of [" + std::to_string(low) + ", " +
                     std::to_string(high) + ")");
  }
}

}  // namespace

Tensor rand(const Shape& shape, DType dtype) {
  return drawn("rand", shape, dtype, []<class T>(const RandomState& state, int64_t count, T* to) {
    kernels::random_uniform<T>(state, count, 0, 1, to);
  });
}

Tensor randn(const Shape& shape, DType dtype) {
  return drawn("randn", shape, dtype, []<class T>(const RandomState& state, int64_t count, T* to) {
    kernels::random_normal<T>(state, count, 0, 1, to);
  });
}

Tensor randint(int64_t low, int64_t high, const Shape& shape, DType dtype) {
  if (low >= high) {
    throw ValueError("randint: low must be below high, got " + std::to_string(low) + " and " + std::to_string(high));
  }
  check_holds(low, high, dtype);
  Tensor result = core::make_tensor(shape, int64, "randint");
  const int64_t count = result.numel();
  kernels::random_integers(core::reserve_random(kernels::random_blocks(count)), count, low, high,
                           core::elements<int64_t>(result));
  return ops::converted("randint", result, dtype);
}

Tensor randperm(Count count) {
  detail::check_at_least(0, "randperm", "count", count);
  Tensor result = core::make_tensor({count}, int64, "randperm");
  kernels::random_permutation(core::reserve_random(kernels::random_blocks(count)), count,
                              core::elements<int64_t>(result));
  return result;
}

}  // namespace xtape
