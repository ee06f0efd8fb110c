#include "ops/support/origin.hpp"

#include <cstring>

#include "core/tensor_impl.hpp"

namespace xtape::ops {

void set_logits(const Tensor& result, const char* activation, const Tensor& logits) {
  core::TensorImpl* tensor = core::impl(result);
  tensor->activation = activation;
  tensor->logits = logits;
}

Tensor logits_behind(const Tensor& x, const char* activation) {
  const core::TensorImpl* tensor = core::impl(x);
  if (!tensor->activation || std::strcmp(tensor->activation, activation) != 0) return {};
  // A fresh result has version 0: any change of its elements cuts the connection.
  return tensor->storage->version.load(std::memory_order_relaxed) == 0 ? tensor->logits : Tensor();
}

}  // namespace xtape::ops
