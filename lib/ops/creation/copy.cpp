#include "kernels/copy/copy.hpp"

#include <string>
#include <xtape/error.hpp>
#include <xtape/tensor.hpp>

#include "autograd/in_place.hpp"
#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/element.hpp"
#include "ops/support/broadcast.hpp"
#include "ops/support/conversion.hpp"

// Copies of a tensor and copies into one.
namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::needs_grad;
using autograd::record;

namespace {

void copy_elements(const core::TensorImpl* from, const core::TensorImpl* to) {
  const std::size_t size = size_of(to->dtype);
  const auto address = [size](const core::TensorImpl* tensor) {
    return tensor->storage->data + tensor->offset * static_cast<int64_t>(size);
  };
  if (from->contiguous && to->contiguous) {
    kernels::copy_bytes(address(from), address(to), static_cast<std::size_t>(to->numel) * size);
    return;
  }
  const auto plan =
      kernels::collapse<2>(to->shape.rank(), to->shape.data(), {from->strides.data(), to->strides.data()});
  kernels::copy_strided(plan, address(from), address(to), size);
}

Tensor copied(const char* operation, const Tensor& x) {
  const Tensor y = core::make_like(x, operation);
  copy_elements(core::impl(x), core::impl(y));
  return y;
}

}  // namespace

Tensor ops::copy(const char* operation, const Tensor& x) {
  Tensor y = copied(operation, x);
  if (needs_grad(x)) {
    record("clone", y, Inputs{x}, [](const Tensor& g, Gradients& gradients) { gradients.set(0, g); });
  }
  return y;
}

Tensor ops::convert(const char* operation, const Tensor& given, DType type) {
  const Tensor x = given.is_contiguous() ? given : copied(operation, given);
  Tensor y = core::make_tensor(x.shape(), type, operation);
  core::switch_dtype(x.dtype(), [&]<class From>(From) {
    core::switch_dtype(type, [&]<class To>(To) {
      if constexpr (!std::is_same_v<From, To>) {
        kernels::cast(core::elements<const From>(x), core::elements<To>(y), y.numel());
      }
    });
  });
  if (is_floating(type) && needs_grad(given)) {
    record("astype", y, Inputs{given},
           [from = given.dtype()](const Tensor& g, Gradients& gradients) { gradients.set(0, g.astype(from)); });
  }
  return y;
}

Tensor Tensor::clone() const {
  core::check_defined("clone", *this);
  return ops::copy("clone", *this);
}

Tensor Tensor::contiguous() const {
  core::check_defined("contiguous", *this);
  return ops::contiguous("contiguous", *this);
}

Tensor Tensor::astype(DType type) const {
  core::check_defined("astype", *this);
  return ops::converted("astype", *this, type);
}

const Tensor& Tensor::assign(const Tensor& value) const {
  core::check_defined("assign", *this);
  core::check_defined("assign", value);
  autograd::check_in_place("assign", *this);
  core::check_writable("assign", *this);
  if (value.requires_grad() && autograd::recording) {
    throw AutogradError(
        "assign: the value requires a gradient, which an assignment would lose; detach it or use where");
  }
  if (broadcast_shapes(shape(), value.shape(), "assign") != shape()) {
    throw ShapeError("assign: a value of shape " + value.shape().str() + " does not fit into shape " + shape().str());
  }
  const NoGrad no_grad;
  Tensor source = ops::converted("assign", value, dtype());
  core::TensorImpl* target = core::impl(*this);
  // Copying between views of the same elements could read what it has just written.
  if (core::impl(source)->storage == target->storage) source = copied("assign", source);
  const Tensor fitted =
      core::make_view(source, shape(), ops::broadcast_strides(source, shape()), core::impl(source)->offset);
  copy_elements(core::impl(fitted), target);
  target->storage->count_change();
  return *this;
}

const Tensor& Tensor::fill(Scalar value) const {
  core::check_defined("fill", *this);
  autograd::check_in_place("fill", *this);
  core::check_writable("fill", *this);
  core::TensorImpl* target = core::impl(*this);
  if (!target->contiguous) {
    const Tensor number = core::number_tensor("fill", value, dtype());
    copy_elements(core::impl(number.broadcast_to(shape())), target);
  } else {
    core::switch_dtype(dtype(), [&]<class T>(T) {
      kernels::fill(core::elements<T>(target), core::element<T>("fill", value), target->numel);
    });
  }
  target->storage->count_change();
  return *this;
}

}  // namespace xtape
