#pragma once

#include <xtape/initializers/initializer.hpp>

namespace xtape::initializers {

/// Every element has the same value.
class XTAPE_API Constant : public Initializer {
 public:
  /// @throws ValueError unless the value is finite; in its use, if the dtype does not hold it.
  explicit Constant(double value = 0);
};

/// Constant 0.
class XTAPE_API Zeros : public Initializer {
 public:
  Zeros();
};

/// Constant 1.
class XTAPE_API Ones : public Initializer {
 public:
  Ones();
};

}  // namespace xtape::initializers
