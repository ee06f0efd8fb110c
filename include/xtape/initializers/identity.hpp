#pragma once

#include <xtape/initializers/initializer.hpp>

namespace xtape::initializers {

/// `gain` on the diagonal of a matrix, 0 elsewhere.
class XTAPE_API Identity : public Initializer {
 public:
  /// @throws ValueError unless the gain is finite. Its use @throws ShapeError unless there are two dimensions.
  explicit Identity(double gain = 1);
};

}  // namespace xtape::initializers
