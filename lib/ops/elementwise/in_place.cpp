#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>

#include <string>

#include "autograd/grad_mode.hpp"
#include "autograd/in_place.hpp"
#include "ops/registry.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/support/in_operation.hpp"

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

// x becomes f(x, other), for contiguous tensors of one floating type and one shape that share no elements. The engine
// adds up gradients this way: there is no temporary.
template <class Formula>
struct Update {
  const char* operation;

  const char* name() const { return operation; }
  void compute(const Tensor& x, const Tensor& other) const {
    core::TensorImpl* target = core::impl(x);
    core::switch_floating(target->dtype, [&]<class T>(T) {
      T* elements = core::elements<T>(target);
      kernels::binary<Formula>(elements, 1, core::elements<const T>(core::impl(other)), 1, elements, target->numel);
    });
  }
};

bool alike(const core::TensorImpl* x, const core::TensorImpl* other) {
  return x->dtype == other->dtype && is_floating(x->dtype) && x->contiguous && other->contiguous &&
         x->shape == other->shape && x->storage != other->storage;
}

using Operation = Tensor (*)(const Tensor&, const Tensor&);

template <class Formula>
void update(const char* name, const Tensor& x, const Tensor& other, Operation operation) {
  core::check_defined(name, x);
  core::check_defined(name, other);
  const auto update_all = [=](const Tensor& all, const Tensor& others) {
    update<Formula>(name, all, others, operation);
  };
  if (autograd::changed_lifted(name, x, other, update_all)) return;
  if (alike(core::impl(x), core::impl(other))) return autograd::apply_in_place(Update<Formula>{name}, x, other);
  autograd::check_in_place(name, x, other);
  const NoGrad no_grad;
  core::check_writable(name, x);
  autograd::check_fits(name, x.shape(), other.shape());
  const Tensor result = ops::in_operation(name, [&] { return operation(x, other); });
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

void ops::describe_in_place(autograd::Registry& to) {
  to.add_in_place<Update<formulas::Add>, 2>("+=");
  to.add_in_place<Update<formulas::Sub>, 2>("-=");
  to.add_in_place<Update<formulas::Mul>, 2>("*=");
  to.add_in_place<Update<formulas::Div>, 2>("/=");
}

}  // namespace xtape
