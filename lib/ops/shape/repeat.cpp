#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include "core/checks.hpp"
#include "ops/image/resample.hpp"
#include "ops/support/checked_product.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {

Tensor repeat(const Tensor& x, Count repeats, Axis axis) {
  core::check_defined("repeat", x);
  const int64_t count = repeats;
  if (count < 0) throw ValueError("repeat: repeats must not be negative, given " + std::to_string(count));
  const int along = core::checked_axis("repeat", axis, x.rank());
  Shape repeated = x.shape(), joined = x.shape();
  repeated.insert(static_cast<std::size_t>(along) + 1, count);
  int64_t& length = joined[static_cast<std::size_t>(along)];
  length = ops::checked_product("repeat", length, count);
  return ops::in_operation("repeat", [&] {
    // Its derivative adds up neighbours in one pass.
    if (is_floating(x.dtype())) return ops::resample(x, along, length, ops::Filter::nearest);
    return reshape(broadcast_to(expand_dims(x, along + 1), repeated), joined);
  });
}

}  // namespace xtape
