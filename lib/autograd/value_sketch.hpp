#pragma once

#include <xtape/tensor.hpp>

namespace xtape::autograd {

// What stays of a floating tensor's elements to tell later whether other elements are the same, without keeping them:
// their sum with random weights, and the sum of their squares. Elements that are not finite count for nothing. Those
// that mask others (scores of -1e9) do not hide these: far below them, the same is kept apart.
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

  Sums all_, below_masks_;
  // Whether there are elements of at least 1e8, and some from 1e6 on that are below: then rounding of the first may be
  // what the others consist of.
  bool has_masks_ = false, has_others_between_ = false;
  double tolerance_;
};

}  // namespace xtape::autograd
