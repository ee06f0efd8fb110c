#pragma once

#include <memory>
#include <string>
#include <xtape/fields.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/configurable.hpp>
#include <xtape/utils/object_handle.hpp>

namespace xtape::constraints {

/// What a constraint does. One of one's own derives from it.
class XTAPE_API ConstraintImpl : public Configurable {
 public:
  /// The nearest weight that fulfils it, or one on the way there; of the same shape and type.
  virtual Tensor operator()(const Tensor& weight) const = 0;
  /// For the library's own use: the object of a name.
  static std::shared_ptr<ConstraintImpl> make(const std::string& name);
};

/// What a weight has to fulfil: an optimizer replaces it by what this returns after each update. An object, or
/// "max_norm", "non_neg", "unit_norm" or "min_max_norm" (also "MaxNorm", ...), each with Keras's defaults.
class XTAPE_API Constraint : public ObjectHandle<ConstraintImpl> {
 public:
  using ObjectHandle::ObjectHandle;
  /// The weight as the constraint wants it. @throws ValueError if it returns an undefined tensor, ShapeError,
  /// DTypeError for one of another shape or type.
  Tensor operator()(const Tensor& weight) const;
};

/// Keras's form: `{"module": "keras.constraints", "class_name": "MaxNorm", "config": {...}, ...}`, or null.
/// One of one's own that has a class_name and fields is written with its class_name as the registered name, which
/// deserialize does not know. @throws ValueError for another one of one's own.
XTAPE_API Config serialize(const Constraint& constraint);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API Constraint deserialize(const Config& config);
inline Config to_config(const Constraint& constraint) { return serialize(constraint); }
inline void from_config(const Config& config, Constraint& constraint) { constraint = deserialize(config); }

struct MaxNormOptions {
  double max_value = 2;
  /// The axes over which a norm is taken: 0 for the kernel of Dense, {0, 1, 2} for that of Conv2D.
  Axes axis = 0;

  void fields(Fields& f) { f("max_value", max_value)("axis", axis); }
};

/// Scales weights down whose norm along `axis` is larger than max_value: w * min(n, max_value) / (n + 1e-7) with the
/// norms n (Srivastava et al., 2014).
class XTAPE_API MaxNorm : public Constraint {
 public:
  /// @throws ValueError for a maximum that is negative or not finite. Its use, as that of all that have an axis,
  /// @throws IndexError for one out of range.
  explicit MaxNorm(MaxNormOptions options = {});
};

/// Negative weights become 0.
class XTAPE_API NonNeg : public Constraint {
 public:
  NonNeg();
};

/// Scales weights to the norm 1 along `axis`: w / (n + 1e-7).
class XTAPE_API UnitNorm : public Constraint {
 public:
  explicit UnitNorm(Axes axis = 0);
};

struct MinMaxNormOptions {
  double min_value = 0;
  double max_value = 1;
  /// How much of the way is gone: 1 reaches the interval.
  double rate = 1;
  Axes axis = 0;

  void fields(Fields& f) { f("min_value", min_value)("max_value", max_value)("rate", rate)("axis", axis); }
};

/// Moves the norm n along `axis` into [min_value, max_value], by `rate` of the way.
class XTAPE_API MinMaxNorm : public Constraint {
 public:
  /// @throws ValueError unless 0 <= min_value <= max_value, both finite, and 0 <= rate <= 1.
  explicit MinMaxNorm(MinMaxNormOptions options = {});
};

}  // namespace xtape::constraints
