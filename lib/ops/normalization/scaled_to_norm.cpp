#include "ops/normalization/scaled_to_norm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "kernels/elementwise/elementwise.hpp"
#include "ops/normalization/normalization.hpp"
#include "ops/reduction/reduction.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"

namespace xtape {
namespace {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;

// x * scale, and the scale, 1 / sqrt(sum(x^2) / count + epsilon), at most `most`: what is given, but where squares have
// left the range of their type, if `any_size` asks for these too.
struct ScaledToNorm {
  static constexpr const char* name = "scaled_to_norm";
  static constexpr std::size_t outputs = 2;
  Axes axes;
  double count, epsilon, most;
  bool any_size;

  void attributes(autograd::Attributes& to) const {
    to("axes", axes), to("count", count), to("epsilon", epsilon), to("most", most), to("any_size", any_size);
  }
  std::array<Tensor, 2> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& scale) const {
    const ScaledToNorm all{ops::shifted(axes, x.rank()), count, epsilon, most, any_size};
    return autograd::apply(all, ops::stacked(x, examples), ops::stacked(scale, examples));
  }
  std::array<Spec, 2> shape(const Tensor& x, const Tensor& scale) const {
    return {Spec{x.shape(), x.dtype()}, {scale.shape(), x.dtype()}};
  }
  void compute(const Tensor& input, const Tensor& given_scale, const Tensor& y, const Tensor& scale) const {
    const Tensor x = ops::dense(name, input), given = ops::dense(name, given_scale);
    Shape steps = core::contiguous_strides(scale.shape());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (scale.shape()[i] == 1) steps[i] = 0;
    }
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      T* const scales = core::elements<T>(scale);
      std::copy_n(core::elements<const T>(given), scale.numel(), scales);
      const Factors<T> factors = correct(x, scales, scale.numel());
      const auto multiply = [&](const T* elements, const T* by) {
        kernels::binary<formulas::Mul>(
            kernels::collapse<2>(x.rank(), x.shape().data(), {core::impl(x)->strides.data(), steps.data()}), elements,
            by, core::elements<T>(y));
      };
      multiply(core::elements<const T>(x), factors.first.empty() ? scales : factors.first.data());
      if (!factors.first.empty()) multiply(core::elements<const T>(y), factors.second.data());
    });
  }
  // What x is multiplied by in turn, where some scale alone is no normal number; empty otherwise.
  template <class T>
  struct Factors {
    std::vector<T> first, second;
  };
  template <class T>
  Factors<T> correct(const Tensor& x, T* scales, int64_t n) const {
    Factors<T> factors;
    if (n == 0 || !any_size) return factors;
    // Of squares, some of which may be below the normal numbers.
    constexpr double of_tiny = sizeof(T) == sizeof(float) ? 0x1p51 : 0x1p484;
    const double length = static_cast<double>(x.numel()) / static_cast<double>(n);
    const T large = static_cast<T>(of_tiny / std::sqrt(std::max(1.0, length / count)));
    const auto vanished = [large](T scale) { return scale == 0 || scale > large; };
    if (std::none_of(scales, scales + n, vanished)) return factors;
    // A bound beyond the range is for zeros alone.
    const double bound = most < largest<double> ? most : std::numeric_limits<double>::infinity();
    const ops::Reduction rows(name, x, axes, true);
    const T* const elements = core::elements<const T>(rows.x);
    for (int64_t i = 0; i < n; ++i) {
      if (!vanished(scales[i])) continue;
      const T* const row = elements + i / rows.inner * rows.reduced * rows.inner + i % rows.inner;
      double unit = 0;
      for (int64_t k = 0; k < rows.reduced; ++k) unit = std::max(unit, std::abs(double{row[k * rows.inner]}));
      if (!std::isfinite(unit)) continue;
      if (unit == 0) {
        const double scale = std::min(1 / std::sqrt(epsilon), most);
        if (std::isfinite(scale)) scales[i] = static_cast<T>(std::min(scale, largest<T>));
        continue;
      }
      double squares = 0;
      for (int64_t k = 0; k < rows.reduced; ++k) {
        const double part = double{row[k * rows.inner]} / unit;
        squares += part * part;
      }
      const double root = std::sqrt(squares / count + epsilon / unit / unit);
      const double scale = std::min(1 / unit / root, bound);
      scales[i] = static_cast<T>(std::min(scale, largest<T>));
      if (scale >= double{std::numeric_limits<T>::min()} && scale <= largest<T>) continue;
      if (factors.first.empty()) {
        factors.first.assign(static_cast<std::size_t>(n), T(1));
        factors.second.resize(factors.first.size());
      }
      const double first = unit > 1 ? 0x1p-64 : 0x1p64;
      factors.first[static_cast<std::size_t>(i)] = static_cast<T>(first);
      factors.second[static_cast<std::size_t>(i)] = static_cast<T>(std::min(1 / (unit * first) / root, bound / first));
    }
    for (std::size_t i = 0; i < factors.first.size(); ++i) {
      if (factors.first[i] == 1) factors.second[i] = scales[i];
    }
    return factors;
  }
  template <class T>
  static constexpr double largest = double{std::numeric_limits<T>::max()};

  uint32_t keeps(uint32_t) const { return 4 | 8; }
  // The derivative of a scale by its sum, or 0 where it is the largest one.
  Tensor where_it_changes(const Tensor& scale, const Tensor& t) const {
    return std::isinf(most) ? t : where(scale < most, t, 0);
  }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    const Tensor y = primals.output(0), scale = primals.output(1);
    Tensor along;
    if (g[0].defined()) along = sum(g[0] * y, axes, true);
    if (g[1].defined()) along = along.defined() ? along + g[1] * scale : g[1] * scale;
    if (!along.defined()) return;
    const Tensor share = y * where_it_changes(scale, along / count);
    gradients.set(0, (g[0].defined() ? g[0] - share : -share) * scale);
  }
  std::array<Tensor, 2> jvp(const Primals& primals, const Tensor& dx, const Tensor&) const {
    if (!dx.defined()) return {Tensor(), Tensor()};
    // Scaled first: the sum of tangents of x's size might overflow.
    const Tensor y = primals.output(0), scale = primals.output(1), scaled = dx * scale;
    const Tensor along = where_it_changes(scale, sum(scaled * y, axes, true) / count);
    return {scaled - y * along, -along * scale};
  }
};

}  // namespace

std::pair<Tensor, Tensor> ops::scaled_to_norm(const Tensor& x, const Tensor& scale, const Axes& axes, double count,
                                              double epsilon, double most, bool any_size) {
  const auto [y, found] = autograd::apply(ScaledToNorm{axes, count, epsilon, most, any_size}, x, scale.detach());
  return {y, found};
}

void ops::describe_scaled_to_norm(autograd::Registry& to) { to.add<ScaledToNorm, 2>(); }

}  // namespace xtape
