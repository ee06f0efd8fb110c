#pragma once

#include "formulas/functions.hpp"

// What the derivatives of operations on two tensors are made of: a gradient times a slope, or divided by a divisor,
// where 0 stays 0 (slope_for). T is a floating scalar, a SIMD vector or a Tensor.
namespace xtape::formulas {

struct ScaledSlope {
  static constexpr const char* name = "multiply";
  template <class T>
  static T value(const T& g, const T& slope) {
    return g * slope_for(g, slope);
  }
};

struct ScaledQuotient {
  static constexpr const char* name = "divide";
  template <class T>
  static T value(const T& g, const T& divisor) {
    return g / divisor_for(g, divisor);
  }
};

}  // namespace xtape::formulas

#define XTAPE_GRADIENT_FORMULAS(DO) DO(ScaledSlope) DO(ScaledQuotient)
