#include "autograd/saved.hpp"

#include <xtape/error.hpp>

#include <string>

#include "autograd/node.hpp"

namespace xtape::autograd {

Saved Saved::output(const Tensor& result, uint32_t index) {
  Saved saved;
  saved.tensor_ = core::make_alias(result);
  if (core::impl(result)->lift) core::impl(saved.tensor_)->lift = core::impl(result)->lift;
  saved.version_ = version_of(result);
  saved.output_index_ = index;
  saved.is_output_ = true;
  return saved;
}

void Saved::throw_changed() const {
  const Node* node = running_node();
  throw AutogradError("backward: a tensor of shape " + tensor_.shape().str() + " that '" +
                      (node ? node->name() : "an operation") + "' saved was changed in place: it had version " +
                      std::to_string(version_) + " and has version " + std::to_string(version_of(tensor_)));
}

Tensor Saved::recorded() const {
  if (!is_floating(tensor_.dtype())) return tensor_;
  Tensor result = core::make_alias(tensor_);
  core::TensorImpl* tensor = core::impl(result);
  tensor->node = detail::Reference<core::TapeNode>::share(running_node());
  tensor->output_index = output_index_;
  tensor->lift = core::impl(tensor_)->lift;
  tensor->requires_grad = true;
  return result;
}

}  // namespace xtape::autograd
