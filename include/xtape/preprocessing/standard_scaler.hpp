#pragma once

#include <xtape/tensor.hpp>

namespace xtape::preprocessing {

/// Brings each column of [samples, ...] to mean 0 and variance 1, as scikit-learn's class of that name. A
/// constant column is moved to 0 and left unscaled. It computes in float64, so that columns far from 0 keep their
/// digits; results have the type of the samples of fit, float32 for integers.
class XTAPE_API StandardScaler {
 public:
  /// Learns mean and standard deviation (of the population) of each column of the samples.
  /// @throws ValueError for no samples or values that are not finite, ShapeError for fewer than two dimensions.
  StandardScaler& fit(const Tensor& x);
  /// (x - mean) / scale. @throws ValueError before fit, ShapeError for other columns than those of fit.
  Tensor transform(const Tensor& x) const;
  Tensor fit_transform(const Tensor& x) { return fit(x).transform(x); }
  /// x * scale + mean. @throws as transform.
  Tensor inverse_transform(const Tensor& x) const;

  /// The mean of each column; undefined before fit.
  const Tensor& mean() const { return mean_; }
  /// The standard deviation of each column, 1 for a constant one; undefined before fit.
  const Tensor& scale() const { return scale_; }

 private:
  void check(const char* method, const Tensor& x) const;

  Tensor mean_;
  Tensor scale_;
  // The same in float64, in which data are transformed.
  Tensor exact_mean_;
  Tensor exact_scale_;
};

}  // namespace xtape::preprocessing
