#pragma once

#include <xtape/initializers/initializer.hpp>

namespace xtape::initializers {

/// Every element has the same value.
class XTAPE_API Constant : public Initializer {
 public:
  /// @throws ValueError unless the value is finite.
  explicit Constant(double value = 0);
  /// @throws ValueError if `dtype` does not hold the value.
  Tensor operator()(const Shape& shape, DType dtype = float32) const override;
  void fields(Fields& f) override { f("value", value_); }

 private:
  double value_;
};

/// Constant 0.
class XTAPE_API Zeros : public Constant {
 public:
  Zeros() : Constant(0) {}
  void fields(Fields&) override {}
};

/// Constant 1.
class XTAPE_API Ones : public Constant {
 public:
  Ones() : Constant(1) {}
  void fields(Fields&) override {}
};

}  // namespace xtape::initializers
