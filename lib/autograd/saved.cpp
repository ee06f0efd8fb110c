#include "autograd/saved.hpp"

#include <xtape/error.hpp>

#include <string>

#include "autograd/grad_mode.hpp"
#include "autograd/node.hpp"

namespace xtape::autograd {
namespace {

uint32_t version_of(const Tensor& tensor) {
  return core::impl(tensor)->storage->version.load(std::memory_order_relaxed);
}

}  // namespace

Saved::Saved(const Tensor& input) : tensor_(core::without_annotation(input)), version_(version_of(input)) {}

Saved Saved::output(const Tensor& result, uint32_t index) {
  const core::TensorImpl* tensor = core::impl(result);
  Saved saved;
  saved.tensor_ = core::make_view(result, tensor->shape, tensor->strides, tensor->offset);
  saved.version_ = version_of(result);
  saved.output_index_ = index;
  saved.is_output_ = true;
  return saved;
}

Tensor Saved::get() const {
  if (version_of(tensor_) != version_) {
    const Node* node = running_node();
    throw AutogradError("backward: a tensor of shape " + tensor_.shape().str() + " that '" +
                        (node ? node->name() : "an operation") + "' saved was changed in place: it had version " +
                        std::to_string(version_) + " and has version " + std::to_string(version_of(tensor_)));
  }
  // Only a recorded vjp differentiates through the result.
  if (!is_output_ || !recording || !is_floating(tensor_.dtype())) return tensor_;
  Tensor result = tensor_.detach();
  core::TensorImpl* tensor = core::impl(result);
  tensor->node = detail::Reference<core::TapeNode>::share(running_node());
  tensor->output_index = output_index_;
  tensor->requires_grad = true;
  return result;
}

}  // namespace xtape::autograd
