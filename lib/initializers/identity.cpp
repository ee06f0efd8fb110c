#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/identity.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::initializers {

Identity::Identity(double gain) : gain_(gain) { detail::check_number("Identity", "gain", gain, detail::Range::finite); }

Tensor Identity::operator()(const Shape& shape, DType dtype) const {
  if (shape.rank() != 2) throw ShapeError("Identity: expected 2 dimensions, given " + shape.str());
  return eye(shape[0], shape[1], dtype) * gain_;
}

}  // namespace xtape::initializers
