#pragma once

#include <xtape/tensor.hpp>

#include "core/tensor_impl.hpp"
#include "ops/support/conversion.hpp"

namespace xtape::ops {

// A tensor as an operation takes it: the one given where it is of that type, and contiguous if that is asked for, else a
// copy that gradients flow through. The one given is not counted, and outlives this.
class Operand {
 public:
  const Tensor& tensor;

  Operand(const char* operation, const Tensor& given, DType type, bool contiguous = false)
      : tensor(fits(core::impl(given), type, contiguous) ? given : converted_) {
    if (&tensor == &given) return;
    converted_ = converted(operation, given, type);
    if (contiguous) converted_ = ops::contiguous(operation, converted_);
  }
  Operand(const Operand&) = delete;
  Operand& operator=(const Operand&) = delete;

 private:
  static bool fits(const core::TensorImpl* given, DType type, bool contiguous) {
    return given->dtype == type && (given->contiguous || !contiguous);
  }

  Tensor converted_;
};

}  // namespace xtape::ops
