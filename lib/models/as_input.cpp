#include "models/as_input.hpp"

#include <utility>
#include <xtape/mask.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::models {

Shape as_input(Shape given, const Shape& input) {
  if (given.rank() == input.rank() + 1 && given.back() == 1) {
    given.pop_back();
  } else if (given.rank() + 1 == input.rank() && input.back() == 1) {
    given.push_back(1);
  }
  return given;
}

Tensor as_input(const Tensor& given, const Shape& input, DType dtype) {
  if (given.dtype() == dtype && given.rank() == input.rank()) return given;
  Tensor result = given.astype(dtype);
  if (given.rank() != input.rank()) result = result.reshape(as_input(given.shape(), input));
  const Tensor mask = mask_of(given);
  return mask.defined() ? with_mask(result, mask) : result;
}

}  // namespace xtape::models
