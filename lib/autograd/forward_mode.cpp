#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/forward_mode.hpp>
#include <xtape/ops/creation.hpp>

#include "autograd/tangent_level.hpp"
#include "autograd/variable.hpp"
#include "core/checks.hpp"

namespace xtape {
namespace {

[[noreturn]] void throw_unfit(const std::string& what, const Tensor& value, const Tensor& tangent) {
  if (tangent.shape() != value.shape()) {
    throw ShapeError(what + " must have shape " + value.shape().str() + ", given " + tangent.shape().str());
  }
  throw DTypeError(what + " is " + name(tangent.dtype()) + ", its value " + name(value.dtype()) +
                   "; both must be of one floating type, or the tangent undefined");
}

[[noreturn]] void throw_undefined(const char* what, std::size_t i) {
  throw ValueError(std::string("jvp: ") + what + " " + std::to_string(i) + " is undefined");
}

bool fits(const Tensor& value, const Tensor& tangent) {
  if (!tangent.defined()) return true;
  const core::TensorImpl *expected = core::impl(value), *given = core::impl(tangent);
  return given->shape == expected->shape && given->dtype == expected->dtype && is_floating(given->dtype);
}

using Level = autograd::LevelScope<autograd::TangentLevel>;

[[gnu::cold]] void throw_empty() { throw ValueError("jvp: the function is empty"); }

Tensor argument(const Level& level, std::size_t i, const Tensor& primal, const Tensor& tangent) {
  if (!primal.defined()) throw_undefined("primal", i);
  if (!fits(primal, tangent)) throw_unfit("jvp: tangent " + std::to_string(i), primal, tangent);
  if (tangent.defined()) [[likely]]
    return level->lift(primal, tangent);
  return autograd::own_argument(level->lift(primal, tangent));
}

std::vector<Tensor> arguments(const Level& level, const std::vector<Tensor>& primals,
                              const std::vector<Tensor>& tangents) {
  if (primals.size() != tangents.size()) {
    throw ValueError("jvp: expected a tangent for each primal: primals " + std::to_string(primals.size()) +
                     ", tangents " + std::to_string(tangents.size()));
  }
  std::vector<Tensor> inputs;
  inputs.reserve(primals.size());
  for (std::size_t i = 0; i < primals.size(); ++i) inputs.push_back(argument(level, i, primals[i], tangents[i]));
  return inputs;
}

// Leaves the value of output i, and gives its tangent.
void take_off(const Level& level, std::size_t i, Tensor& value, Tensor& tangent) {
  if (!value.defined()) throw_undefined("output", i);
  level->take_off(value, tangent);
  if (!tangent.defined() && is_floating(value.dtype())) tangent = zeros(value.shape(), value.dtype());
}

std::pair<Tensor, Tensor> taken_off(const Level& level, Tensor value) {
  std::pair<Tensor, Tensor> result(std::move(value), Tensor());
  take_off(level, 0, result.first, result.second);
  return result;
}

}  // namespace

std::pair<std::vector<Tensor>, std::vector<Tensor>> jvp(
    const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function, const std::vector<Tensor>& primals,
    const std::vector<Tensor>& tangents) {
  if (!function) throw_empty();
  const Level level;
  std::vector<Tensor> inputs = arguments(level, primals, tangents);
  std::vector<Tensor> values = function(inputs);
  // The list of inputs has served.
  std::vector<Tensor> directions = std::move(inputs);
  directions.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) take_off(level, i, values[i], directions[i]);
  return {std::move(values), std::move(directions)};
}

std::pair<Tensor, Tensor> jvp(const std::function<Tensor(const std::vector<Tensor>&)>& function,
                              const std::vector<Tensor>& primals, const std::vector<Tensor>& tangents) {
  if (!function) throw_empty();
  const Level level;
  return taken_off(level, function(arguments(level, primals, tangents)));
}

std::pair<Tensor, Tensor> jvp(const std::function<Tensor(const Tensor&)>& function, const Tensor& primal,
                              const Tensor& tangent) {
  if (!function) throw_empty();
  const Level level;
  return taken_off(level, function(argument(level, 0, primal, tangent)));
}

DualLevel::DualLevel() : level_(std::make_unique<const Scope>()) {}
DualLevel::~DualLevel() = default;

Tensor DualLevel::make_dual(const Tensor& value, const Tensor& tangent) const {
  core::check_defined("make_dual", value);
  if (!fits(value, tangent)) throw_unfit("make_dual: the tangent", value, tangent);
  return (*level_)->lift(value, tangent);
}

std::pair<Tensor, Tensor> DualLevel::unpack_dual(const Tensor& x) const {
  core::check_defined("unpack_dual", x);
  return (*level_)->lower(x);
}

}  // namespace xtape
