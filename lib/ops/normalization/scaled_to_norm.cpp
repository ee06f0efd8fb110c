#include "ops/normalization/scaled_to_norm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
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
// left the range of their type.
struct ScaledToNorm {
  static constexpr const char* name = "scaled_to_norm";
  static constexpr std::size_t outputs = 2;
  Axes axes;
  double count, epsilon, most;

  void attributes(autograd::Attributes& to) const {
    to("axes", axes), to("count", count), to("epsilon", epsilon), to("most", most);
  }
  std::array<Tensor, 2> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& scale) const {
    const ScaledToNorm all{ops::shifted(axes, x.rank()), count, epsilon, most};
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
      correct(x, scales, scale.numel());
      kernels::binary<formulas::Mul>(
          kernels::collapse<2>(x.rank(), x.shape().data(), {core::impl(x)->strides.data(), steps.data()}),
          core::elements<const T>(x), static_cast<const T*>(scales), core::elements<T>(y));
    });
  }
  template <class T>
  void correct(const Tensor& x, T* scales, int64_t n) const {
    const auto vanished = [most = most](T scale) {
      // Of sums below the normal numbers; smaller scales are those of sums within the range.
      constexpr double large = sizeof(T) == sizeof(float) ? 0x1p63 : 0x1p511;
      return scale == 0 || (most > large && scale >= static_cast<T>(std::min(most, largest<T>)));
    };
    if (std::none_of(scales, scales + n, vanished)) return;
    const ops::Reduction rows(name, x, axes, true);
    const T* const elements = core::elements<const T>(rows.x);
    for (int64_t i = 0; i < n; ++i) {
      if (!vanished(scales[i])) continue;
      const T* const row = elements + i / rows.inner * rows.reduced * rows.inner + i % rows.inner;
      double unit = 0;
      for (int64_t k = 0; k < rows.reduced; ++k) unit = std::max(unit, std::abs(double{row[k * rows.inner]}));
      if (unit == 0 || !std::isfinite(unit)) continue;
      double squares = 0;
      for (int64_t k = 0; k < rows.reduced; ++k) {
        const double part = double{row[k * rows.inner]} / unit;
        squares += part * part;
      }
      const double root = std::sqrt(squares / count + epsilon / unit / unit);
      scales[i] = static_cast<T>(std::min({1 / unit / root, most, largest<T>}));
    }
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
    const Tensor y = primals.output(0), scale = primals.output(1);
    const Tensor along = where_it_changes(scale, sum(dx * y, axes, true) / count);
    return {(dx - y * along) * scale, -along * scale * scale};
  }
};

}  // namespace

Tensor ops::scaled_to_norm(const Tensor& x, const Tensor& scale, const Axes& axes, double count, double epsilon,
                           double most) {
  return autograd::apply(ScaledToNorm{axes, count, epsilon, most}, x, scale.detach())[0];
}

void ops::describe_scaled_to_norm(autograd::Registry& to) { to.add<ScaledToNorm, 2>(); }

}  // namespace xtape
