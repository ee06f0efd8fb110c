#include "core/random.hpp"

#include <limits>
#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/random/random.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

// Numbers are drawn from the global stream where they are computed: a replay draws its own.
RandomState reserve(const Tensor& y) { return core::reserve_random(kernels::random_blocks(y.numel())); }

// Uniform in [0, 1).
struct Uniform {
  static constexpr const char* name = "rand";
  template <class T>
  static void draw(const RandomState& state, int64_t count, T* to) {
    kernels::random_uniform<T>(state, count, 0, 1, to);
  }
};

// Of mean 0 and variance 1.
struct Normal {
  static constexpr const char* name = "randn";
  template <class T>
  static void draw(const RandomState& state, int64_t count, T* to) {
    kernels::random_normal<T>(state, count, 0, 1, to);
  }
};

// Numbers of a distribution, of a floating type.
template <class Distribution>
struct Sample {
  static constexpr const char* name = Distribution::name;
  static constexpr bool random = true;
  Shape lengths;
  DType dtype;

  void attributes(autograd::Attributes& to) const { to("shape", lengths), to("dtype", dtype); }
  Tensor batch(const ops::Examples& examples) const {
    return autograd::apply(Sample{ops::with_axis(examples.count, lengths), dtype});
  }
  autograd::Spec shape() const { return {lengths, dtype}; }
  void compute(const Tensor& y) const {
    const RandomState state = reserve(y);
    core::switch_floating(dtype, [&]<class T>(T) { Distribution::draw(state, y.numel(), core::elements<T>(y)); });
  }
};

template <class Distribution>
Tensor sample(const Shape& shape, DType dtype) {
  if (!is_floating(dtype)) {
    throw DTypeError(std::string(Distribution::name) + ": expected float32 or float64, got " + name(dtype));
  }
  return autograd::apply(Sample<Distribution>{shape, dtype});
}

// Whole numbers, uniform in [low, high), as int64.
struct RandInt {
  static constexpr const char* name = "randint";
  static constexpr bool random = true;
  int64_t low, high;
  Shape lengths;

  void attributes(autograd::Attributes& to) const { to("low", low), to("high", high), to("shape", lengths); }
  Tensor batch(const ops::Examples& examples) const {
    return autograd::apply(RandInt{low, high, ops::with_axis(examples.count, lengths)});
  }
  autograd::Spec shape() const { return {lengths, DType::int64}; }
  void compute(const Tensor& y) const {
    kernels::random_integers(reserve(y), y.numel(), low, high, core::elements<int64_t>(y));
  }
};

// 0, ..., count - 1 in random order.
struct RandPerm {
  static constexpr const char* name = "randperm";
  static constexpr bool random = true;
  static constexpr const char* batch_by_loop = "the next permutation begins where the last one has drawn its numbers";
  int64_t count;

  void attributes(autograd::Attributes& to) const { to("count", count); }
  autograd::Spec shape() const { return {{count}, DType::int64}; }
  void compute(const Tensor& y) const { kernels::random_permutation(reserve(y), count, core::elements<int64_t>(y)); }
};

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

Tensor rand(const Shape& shape, DType dtype) { return sample<Uniform>(shape, dtype); }
Tensor randn(const Shape& shape, DType dtype) { return sample<Normal>(shape, dtype); }

Tensor randint(int64_t low, int64_t high, const Shape& shape, DType dtype) {
  if (low >= high) {
    throw ValueError("randint: low must be below high, got " + std::to_string(low) + " and " + std::to_string(high));
  }
  check_holds(low, high, dtype);
  return ops::converted("randint", autograd::apply(RandInt{low, high, shape}), dtype);
}

Tensor randperm(Count count) {
  detail::check_at_least(0, "randperm", "count", count);
  return autograd::apply(RandPerm{count});
}

void ops::describe_random(autograd::Registry& to) {
  to.add<Sample<Uniform>, 0>();
  to.add<Sample<Normal>, 0>();
  to.add<RandInt, 0>();
  to.add<RandPerm, 0>();
}

}  // namespace xtape
