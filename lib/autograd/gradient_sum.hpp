#pragma once

#include <xtape/ops/arithmetic.hpp>
#include <xtape/tensor.hpp>

#include <utility>

#include "autograd/grad_mode.hpp"

namespace xtape::autograd {

// A sum of gradients of one tensor. The first is borrowed: others may hold it too, so it never changes. The second
// makes a sum that belongs to this object (owned_), and later ones are added to that in place, unless the additions
// are recorded or lifted.
class GradientSum {
 public:
  void add(Tensor&& gradient) {
    if (!value_.defined()) {
      value_ = std::move(gradient);
    } else if (owned_ && !recording && !(transforms && (is_lifted(value_) || is_lifted(gradient)))) {
      value_ += gradient;
    } else {
      value_ = xtape::add(value_, gradient);
      owned_ = true;
    }
  }

  // Undefined if nothing was added.
  Tensor& value() { return value_; }
  const Tensor& value() const { return value_; }

  // The sum; the object starts anew.
  Tensor take() {
    owned_ = false;
    return std::move(value_);
  }

 private:
  Tensor value_;
  bool owned_ = false;
};

}  // namespace xtape::autograd
