#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>

#include <string>

#include "autograd/grad_mode.hpp"
#include "autograd/in_place.hpp"
#include "ops/support/binary_op.hpp"

namespace xtape {
namespace {

// NumPy's kinds of types, lowest first.
int kind_of(DType dtype) {
  switch (dtype) {
    case DType::bool_:
      return 0;
    case DType::uint8:
      return 1;
    case DType::int32:
    case DType::int64:
      return 2;
    case DType::float32:
    case DType::float64:
      break;
  }
  return 3;
}

using Operation = Tensor (*)(const Tensor&, const Tensor&);

template <class Formula>
void update(const char* name, const Tensor& x, const Tensor& other, Operation operation) {
  core::check_defined(name, x);
  core::check_defined(name, other);
  autograd::check_in_place(name, x);
  if (other.requires_grad() && autograd::recording) {
    throw AutogradError(std::string(name) + ": the operand requires a gradient, which an in-place change would lose");
  }
  core::TensorImpl* target = core::impl(x);
  const core::TensorImpl* source = core::impl(other);
  // The engine adds up gradients this way: no temporary where the operands are alike.
  const bool alike = target->dtype == source->dtype && is_floating(target->dtype) && target->contiguous &&
                     source->contiguous && target->shape == source->shape;
  if (alike && target->storage != source->storage) {
    core::switch_floating(target->dtype, [&]<class T>(T) {
      T* elements = core::elements<T>(target);
      kernels::binary<Formula>(elements, 1, core::elements<const T>(source), 1, elements, target->numel);
    });
    target->storage->count_change();
    return;
  }
  const NoGrad no_grad;
  core::check_writable(name, x);
  if (broadcast_shapes(x.shape(), other.shape(), name) != x.shape()) {
    throw ShapeError(std::string(name) + ": an operand of shape " + other.shape().str() + " does not fit into shape " +
                     x.shape().str());
  }
  const Tensor result = operation(x, other);
  // As NumPy: a value may be narrowed within its kind, but not from floating to whole numbers, say.
  if (kind_of(result.dtype()) > kind_of(x.dtype())) {
    throw DTypeError(std::string(name) + ": a result of type " + xtape::name(result.dtype()) +
                     " cannot be stored in a tensor of type " + xtape::name(x.dtype()) +
                     "; convert an operand with astype");
  }
  x.assign(result);
}

template <class Formula>
void update(const char* name, const Tensor& x, Scalar number, Operation operation) {
  update<Formula>(name, x, ops::operand_like(name, x, number), operation);
}

}  // namespace

const Tensor& Tensor::operator+=(const Tensor& other) const {
  update<formulas::Add>("+=", *this, other, add);
  return *this;
}
const Tensor& Tensor::operator-=(const Tensor& other) const {
  update<formulas::Sub>("-=", *this, other, subtract);
  return *this;
}
const Tensor& Tensor::operator*=(const Tensor& other) const {
  update<formulas::Mul>("*=", *this, other, multiply);
  return *this;
}
const Tensor& Tensor::operator/=(const Tensor& other) const {
  update<formulas::Div>("/=", *this, other, divide);
  return *this;
}
const Tensor& Tensor::operator+=(Scalar other) const {
  update<formulas::Add>("+=", *this, other, add);
  return *this;
}
const Tensor& Tensor::operator-=(Scalar other) const {
  update<formulas::Sub>("-=", *this, other, subtract);
  return *this;
}
const Tensor& Tensor::operator*=(Scalar other) const {
  update<formulas::Mul>("*=", *this, other, multiply);
  return *this;
}
const Tensor& Tensor::operator/=(Scalar other) const {
  update<formulas::Div>("/=", *this, other, divide);
  return *this;
}

}  // namespace xtape
