#include <xtape/detail/calls.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/variable.hpp>

namespace xtape::layers {

Tensor Variable::penalty() const {
  Tensor result = regularizer(value);
  detail::check_returned("the regularizer of " + path, result);
  if (result.numel() == 1) return result;
  throw ShapeError("the regularizer of " + path + " returned a tensor of shape " + result.shape().str() +
                   ", expected one number");
}

}  // namespace xtape::layers
