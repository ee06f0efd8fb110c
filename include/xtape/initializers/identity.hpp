#pragma once

#include <xtape/initializers/initializer.hpp>

namespace xtape::initializers {

/// `gain` on the diagonal of a matrix, 0 elsewhere.
class XTAPE_API Identity : public Initializer {
 public:
  /// @throws ValueError unless the gain is finite.
  explicit Identity(double gain = 1);
  /// @throws ShapeError unless there are two dimensions.
  Tensor operator()(const Shape& shape, DType dtype = float32) const override;
  void fields(Fields& f) override { f("gain", gain_); }

 private:
  double gain_;
};

}  // namespace xtape::initializers
