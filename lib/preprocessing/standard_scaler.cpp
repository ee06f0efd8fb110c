#include <limits>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/preprocessing/standard_scaler.hpp>

namespace xtape::preprocessing {

StandardScaler& StandardScaler::fit(const Tensor& x) {
  if (!x.defined()) throw ValueError("StandardScaler: fit: x is undefined");
  if (x.rank() < 2) throw ShapeError("StandardScaler: fit: expected [samples, columns], given " + x.shape().str());
  if (x.shape(0) == 0) throw ValueError("StandardScaler: fit: there are no samples: x " + x.shape().str());
  const NoGrad no_grad;
  // In float64, so that a constant column is seen as such.
  const Tensor values = x.astype(float64);
  if (!all(isfinite(values)).item<bool>()) throw ValueError("StandardScaler: fit: x has values that are not finite");
  const DType dtype = is_floating(x.dtype()) ? x.dtype() : float32;
  // Divided by its largest number, no column overflows in sums and squares, or vanishes.
  const Tensor largest = max(abs(values), 0);
  const Tensor unit = where(largest > 0, largest, 1);
  const Tensor parts = values / unit;
  const Tensor center = xtape::mean(parts, 0);
  const Tensor variance = xtape::mean(square(parts - center), 0);
  // What rounding leaves of the variance of a constant column, as in scikit-learn.
  const double count = static_cast<double>(x.shape(0));
  const double epsilon = std::numeric_limits<double>::epsilon();
  const Tensor rounding = count * epsilon * variance + square(count * epsilon * center);
  exact_mean_ = center * unit;
  exact_scale_ = where(variance <= rounding, 1.0, sqrt(variance) * unit);
  mean_ = exact_mean_.astype(dtype);
  scale_ = exact_scale_.astype(dtype);
  return *this;
}

void StandardScaler::check(const char* method, const Tensor& x) const {
  const std::string where = std::string("StandardScaler: ") + method + ": ";
  if (!mean_.defined()) throw ValueError(where + "call fit first");
  if (!x.defined()) throw ValueError(where + "x is undefined");
  Shape columns = x.shape();
  if (columns.rank() > 0) columns.erase(0);
  if (columns != mean_.shape()) {
    throw ShapeError(where + "fitted to columns of shape " + mean_.shape().str() + ", given x " + x.shape().str());
  }
}

Tensor StandardScaler::transform(const Tensor& x) const {
  check("transform", x);
  return ((x.astype(float64) - exact_mean_) / exact_scale_).astype(mean_.dtype());
}

Tensor StandardScaler::inverse_transform(const Tensor& x) const {
  check("inverse_transform", x);
  return (x.astype(float64) * exact_scale_ + exact_mean_).astype(mean_.dtype());
}

}  // namespace xtape::preprocessing
