#pragma once

#include <memory>
#include <string>
#include <xtape/tensor.hpp>
#include <xtape/utils/name_or.hpp>

namespace xtape::constraints {

/// What a weight has to fulfil: an optimizer replaces it by what this returns after each update.
class XTAPE_API Constraint {
 public:
  virtual ~Constraint() = default;
  /// The nearest weight that fulfils it, or one on the way there; of the same shape and type.
  virtual Tensor operator()(const Tensor& weight) const = 0;
  /// "max_norm", "non_neg", "unit_norm" or "min_max_norm" (also "MaxNorm", ...), each with Keras's defaults.
  /// @throws ValueError for an unknown name.
  static std::shared_ptr<Constraint> from_name(const std::string& name);
};

struct MaxNormOptions {
  double max_value = 2;
  /// The axes over which a norm is taken: 0 for the kernel of Dense, {0, 1, 2} for that of Conv2D.
  Axes axis = 0;
};

/// Scales weights down whose norm along `axis` is larger than max_value: w * min(n, max_value) / (n + 1e-7) with the
/// norms n (Srivastava et al., 2014).
class XTAPE_API MaxNorm : public Constraint {
 public:
  /// @throws ValueError for a maximum that is negative or not finite.
  explicit MaxNorm(MaxNormOptions options = {});
  /// @throws IndexError for an axis out of range, as all that have one.
  Tensor operator()(const Tensor& weight) const override;

 private:
  MaxNormOptions options_;
};

/// Negative weights become 0.
class XTAPE_API NonNeg : public Constraint {
 public:
  Tensor operator()(const Tensor& weight) const override;
};

/// Scales weights to the norm 1 along `axis`: w / (n + 1e-7).
class XTAPE_API UnitNorm : public Constraint {
 public:
  explicit UnitNorm(Axes axis = 0) : axis_(std::move(axis)) {}
  Tensor operator()(const Tensor& weight) const override;

 private:
  Axes axis_;
};

struct MinMaxNormOptions {
  double min_value = 0;
  double max_value = 1;
  /// How much of the way is gone: 1 reaches the interval.
  double rate = 1;
  Axes axis = 0;
};

/// Moves the norm n along `axis` into [min_value, max_value], by `rate` of the way.
class XTAPE_API MinMaxNorm : public Constraint {
 public:
  /// @throws ValueError unless 0 <= min_value <= max_value, both finite, and 0 <= rate <= 1.
  explicit MinMaxNorm(MinMaxNormOptions options = {});
  Tensor operator()(const Tensor& weight) const override;

 private:
  MinMaxNormOptions options_;
};

}  // namespace xtape::constraints
