#include <xtape/detail/numbers.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::initializers {

Constant::Constant(double value) : value_(value) {
  detail::check_number("Constant", "value", value, detail::Range::finite);
}

Tensor Constant::operator()(const Shape& shape, DType dtype) const { return full(shape, value_, dtype); }

}  // namespace xtape::initializers
