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

}  // namespace

std::pair<std::vector<Tensor>, std::vector<Tensor>> jvp(
    const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function, const std::vector<Tensor>& primals,
    const std::vector<Tensor>& tangents) {
  if (!function) throw ValueError("jvp: the function is empty");
  if (primals.size() != tangents.size()) {
    throw ValueError("jvp: expected a tangent for each primal: primals " + std::to_string(primals.size()) +
                     ", tangents " + std::to_string(tangents.size()));
  }
  for (std::size_t i = 0; i < primals.size(); ++i) {
    if (!primals[i].defined()) throw_undefined("primal", i);
    if (!fits(primals[i], tangents[i])) throw_unfit("jvp: tangent " + std::to_string(i), primals[i], tangents[i]);
  }

  const autograd::LevelScope<autograd::TangentLevel> level;
  std::vector<Tensor> inputs;
  inputs.reserve(primals.size());
  for (std::size_t i = 0; i < primals.size(); ++i) {
    inputs.push_back(level->lift(primals[i], tangents[i]));
    if (!tangents[i].defined()) inputs.back() = autograd::own_argument(inputs.back());
  }
  std::vector<Tensor> values = function(inputs);
  // The list of inputs has served.
  std::vector<Tensor> directions = std::move(inputs);
  directions.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].defined()) throw_undefined("output", i);
    level->take_off(values[i], directions[i]);
    if (!directions[i].defined() && is_floating(values[i].dtype())) {
      directions[i] = zeros(values[i].shape(), values[i].dtype());
    }
  }
  return {std::move(values), std::move(directions)};
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
