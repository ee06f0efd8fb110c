#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include "core/checks.hpp"
#include "ops/support/checked_product.hpp"

namespace xtape {

Tensor repeat(const Tensor& x, Count repeats, Axis axis) {
  core::check_defined("repeat", x);
  const int64_t count = repeats;
  if (count < 0) throw ValueError("repeat: repeats must not be negative, given " + std::to_string(count));
  const auto along = static_cast<std::size_t>(core::checked_axis("repeat", axis, x.rank()));
  Shape repeated = x.shape(), joined = x.shape();
  repeated.insert(along + 1, count);
  joined[along] = ops::checked_product("repeat", joined[along], count);
  return reshape(broadcast_to(expand_dims(x, static_cast<int>(along) + 1), repeated), joined);
}

}  // namespace xtape
