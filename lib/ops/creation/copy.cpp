#include "kernels/copy/copy.hpp"

#include <string>
#include <xtape/error.hpp>
#include <xtape/tensor.hpp>

#include "autograd/in_place.hpp"
#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/element.hpp"
#include "ops/registry.hpp"
#include "ops/support/broadcast.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

// Copies of a tensor and copies into one.
namespace xtape {

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

}  // namespace

namespace ops {

Tensor copied(const char* operation, const Tensor& x) {
  Tensor y = core::make_like(x, operation);
  copy_elements(core::impl(x), core::impl(y));
  return y;
}

}  // namespace ops

namespace {

using ops::copied;

// Copies, for themselves or for another operation, whose name they bear.
struct Clone {
  static constexpr bool elementwise = true;
  static constexpr bool linear = true;
  static constexpr bool identity = true;
  const char* operation;

  const char* name() const { return operation; }
  const Tensor& like(const Tensor& x) const { return x; }
  void compute(const Tensor& x, const Tensor& y) const { copy_elements(core::impl(x), core::impl(y)); }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const { gradients.set(0, g); }
};

// To another type than x's.
struct AsType {
  static constexpr bool elementwise = true;
  static constexpr bool linear = true;
  const char* operation;
  DType type;

  void attributes(autograd::Attributes& to) const { to("type", type); }
  const char* name() const { return operation; }
  autograd::Spec shape(const Tensor& x) const { return {x.shape(), type}; }
  void compute(const Tensor& argument, const Tensor& y) const {
    const Tensor x = ops::dense(operation, argument);
    core::switch_dtype(x.dtype(), [&]<class From>(From) {
      core::switch_dtype(type, [&]<class To>(To) {
        if constexpr (!std::is_same_v<From, To>) {
          kernels::cast(core::elements<const From>(x), core::elements<To>(y), y.numel());
        }
      });
    });
  }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, g.astype(gradients.dtype(0)));
  }
};

}  // namespace

Tensor ops::copy(const char* operation, const Tensor& x) { return autograd::apply(Clone{operation}, x); }
Tensor ops::convert(const char* operation, const Tensor& x, DType type) {
  return autograd::apply(AsType{operation, type}, x);
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

namespace {

// The elements of a tensor of the target's shape and type that shares none with it.
struct Assign {
  const char* operation;

  const char* name() const { return operation; }
  void compute(const Tensor& target, const Tensor& value) const {
    copy_elements(core::impl(value), core::impl(target));
  }
};

struct Fill {
  static constexpr const char* name = "fill";
  Scalar value = 0;

  void attributes(autograd::Attributes& to) const { to("value", value); }
  void compute(const Tensor& target) const {
    core::switch_dtype(target.dtype(),
                       [&]<class T>(T) { kernels::fill(core::elements<T>(target), value.to<T>(), target.numel()); });
  }
};

}  // namespace

const Tensor& Tensor::assign(const Tensor& value) const {
  core::check_defined("assign", *this);
  core::check_defined("assign", value);
  const auto assign_to = [](const Tensor& x, const Tensor& other) { x.assign(other); };
  if (autograd::changed_lifted("assign", *this, value, assign_to)) return *this;
  autograd::check_in_place("assign", *this, value);
  if (broadcast_shapes(shape(), value.shape(), "assign") != shape()) {
    throw ShapeError("assign: a value of shape " + value.shape().str() + " does not fit into shape " + shape().str());
  }
  core::check_writable("assign", *this);
  Tensor source = ops::converted("assign", value.detach(), dtype());
  // Copying between views of the same elements could read what it has just written.
  if (core::impl(source)->storage == core::impl(*this)->storage) source = ops::copy("assign", source);
  autograd::apply_in_place(Assign{"assign"}, *this, source.broadcast_to(shape()));
  return *this;
}

const Tensor& Tensor::fill(Scalar value) const {
  core::check_defined("fill", *this);
  const auto fill_all = [value](const Tensor& x, const Tensor&) { x.fill(value); };
  if (autograd::changed_lifted("fill", *this, Tensor(), fill_all)) return *this;
  core::check_fits("fill", value, dtype());
  if (core::impl(*this)->contiguous) {
    autograd::apply_in_place(Fill{value}, *this);
  } else {
    autograd::apply_in_place(Assign{"fill"}, *this, ops::number_tensor("fill", value, dtype()).broadcast_to(shape()));
  }
  return *this;
}

void ops::describe_copy(autograd::Registry& to) {
  to.add<Clone, 1>("clone");
  to.add<AsType, 1>("astype");
  to.add_in_place<Assign, 2>("assign");
  to.add_in_place<Fill, 1>();
}

}  // namespace xtape
