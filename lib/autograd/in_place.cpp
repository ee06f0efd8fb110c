#include "autograd/in_place.hpp"

#include <string>
#include <xtape/error.hpp>

#include "autograd/batch_level.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

void check_without_lift(const char* operation, const Tensor& x) {
  if (!has_live_lift(x)) return;
  throw AutogradError(std::string(operation) + ": a tensor of shape " + x.shape().str() +
                      (lift_of(without_dead_lifts(x))->mapped() ? " is mapped by vmap" : " carries a tangent") +
                      ", which a change in place would lose; detach or clone it, or use where");
}

void check_in_place(const char* operation, const Tensor& x) {
  const core::TensorImpl* tensor = core::impl(x);
  if (!tensor->requires_grad || !recording) return;
  throw AutogradError(std::string(operation) + ": a tensor of shape " + tensor->shape.str() +
                      (tensor->node ? " that was computed by a recorded operation" : " that requires a gradient") +
                      " cannot be changed in place; detach it or use NoGrad");
}

void check_in_place(const char* operation, const Tensor& x, const Tensor& operand) {
  check_in_place(operation, x);
  if (core::impl(operand)->requires_grad && recording) {
    throw AutogradError(
        std::string(operation) +
        ": the operand requires a gradient, which an in-place change would lose; detach it or use where");
  }
}

void check_fits(const char* operation, const Shape& x, const Shape& operand) {
  if (broadcast_shapes(x, operand, operation) == x) return;
  throw ShapeError(std::string(operation) + ": an operand of shape " + operand.str() + " does not fit into shape " +
                   x.str());
}

bool changed_below(const char* operation, const Tensor& given_x, const Tensor& given_operand, const Change& change) {
  const Tensor x = without_dead_lifts(given_x), operand = without_dead_lifts(given_operand);
  const std::string prefix = std::string(operation) + ": ";
  check_in_place(operation, given_x);
  if (operand.defined()) {
    check_in_place(operation, given_x, given_operand);
    check_fits(operation, x.shape(), operand.shape());
  }
  const Level* level = innermost_of(x, operand);
  if (!level) {
    change(x, operand);
    return true;
  }
  const auto* batch = dynamic_cast<const BatchLevel*>(level);
  if (!batch && level->lifts(x)) {
    throw AutogradError(prefix + "a tensor of shape " + x.shape().str() +
                        " that carries a tangent cannot be changed in place; detach or clone it");
  }
  if (!batch) {
    throw AutogradError(prefix +
                        "the operand carries a tangent, which an in-place change would lose; detach it or use where");
  }
  if (!level->lifts(x)) {
    throw AutogradError(prefix + "a tensor of shape " + x.shape().str() +
                        " that is one for all examples of vmap cannot take in one that is mapped; start from a mapped "
                        "tensor, such as zeros_like(x) + 0 * x, or use where, stack or concatenate");
  }
  const Mapped target = batch->lower(x), other = batch->lower(operand);
  const Level::Below below(*level);
  change(target.value, other.value.defined() ? aligned(other, target.rank()) : Tensor());
  return true;
}

}  // namespace xtape::autograd
