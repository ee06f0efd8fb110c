#pragma once

#include <xtape/tensor.hpp>

namespace xtape::autograd {

// What stays of a floating tensor's elements to tell later whether other elements are the same, without keeping them:
// their sum with random weights, and the sum of their squares. Elements that are not finite count for nothing. So that
// a few large ones (scores masked by -1e9) do not hide the others, the same is kept of v / (1 + |v|).
// Alon, Matias, Szegedy: The Space Complexity of Approximating the Frequency Moments, 1996.
class ValueSketch {
 public:
  // Of all examples where x is mapped.
  explicit ValueSketch(const Tensor& x);

  // Whether both differ by no more than rounding does: sums of several threads are rounded otherwise than those of one.
  bool alike(const ValueSketch& other) const;

 private:
  struct Sums {
    double weighted = 0, squares = 0;

    void add(double weight, double element) {
      weighted += weight * element;
      squares += element * element;
    }
    bool alike(const Sums& other, double tolerance) const;
  };

  Sums plain_, bounded_;
  double tolerance_;
};

}  // namespace xtape::autograd
