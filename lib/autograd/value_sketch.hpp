#pragma once

#include <xtape/tensor.hpp>

namespace xtape::autograd {

// What stays of a floating tensor's elements to tell later whether other elements are the same, without keeping them:
// their sum with random weights, and the sum of their squares. Elements that are not finite count for nothing.
// Alon, Matias, Szegedy: The Space Complexity of Approximating the Frequency Moments, 1996.
class ValueSketch {
 public:
  // Of all examples where x is mapped.
  explicit ValueSketch(const Tensor& x);

  // Whether both differ by no more than rounding does: sums of several threads are rounded otherwise than those of one.
  bool alike(const ValueSketch& other) const;

 private:
  double sum_ = 0, squares_ = 0;
  double tolerance_;
};

}  // namespace xtape::autograd
