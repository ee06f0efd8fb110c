#include <xtape/detail/calls.hpp>
#include <xtape/error.hpp>

#include "core/tensor_impl.hpp"

namespace xtape::detail {

void check_returned(const std::string& what, const Tensor& result) {
  if (!result.defined()) throw ValueError(what + " returned an undefined tensor");
}

void check_elementwise(const std::string& operation, const Tensor& x, const Tensor& result) {
  check_returned(operation + ": the function", result);
  if (result.shape() == x.shape()) return;
  throw ShapeError(operation + ": the function must keep the shape of its argument: given " + x.shape().str() +
                   ", returned " + result.shape().str());
}

bool is_exclusive(const Tensor& result) {
  // Borrowed memory is somebody else's.
  return core::exclusive(result) && !core::impl(result)->storage->release;
}

}  // namespace xtape::detail
