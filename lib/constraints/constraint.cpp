#include <string_view>
#include <vector>
#include <xtape/constraints/constraint.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::constraints {
namespace {

// Keras's epsilon, by which norms of 0 are told from none.
constexpr double epsilon = 1e-7;

Tensor norms_of(const Tensor& weight, const Axes& axis) { return sqrt(sum(square(weight), axis, true)); }

struct Entry {
  std::string_view class_name;
  std::shared_ptr<Constraint> (*make)();
};

template <class Class>
std::shared_ptr<Constraint> make() {
  return std::make_shared<Class>();
}

constexpr Entry entries[] = {
    {"MaxNorm", make<MaxNorm>},
    {"NonNeg", make<NonNeg>},
    {"UnitNorm", make<UnitNorm>},
    {"MinMaxNorm", make<MinMaxNorm>},
};

}  // namespace

std::shared_ptr<Constraint> Constraint::from_name(const std::string& name) {
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    const std::string snake_case = detail::to_snake_case(entry.class_name);
    if (name == snake_case || name == entry.class_name) return entry.make();
    known.push_back(snake_case);
  }
  detail::throw_unknown_name("constraint", name, known);
}

MaxNorm::MaxNorm(MaxNormOptions options) : options_(std::move(options)) {
  detail::check_number("MaxNorm", "max_value", options_.max_value, detail::Range::finite_and_not_negative);
}

Tensor MaxNorm::operator()(const Tensor& weight) const {
  const Tensor norms = norms_of(weight, options_.axis);
  return weight * (minimum(norms, options_.max_value) / (norms + epsilon));
}

Tensor NonNeg::operator()(const Tensor& weight) const { return maximum(weight, 0); }

Tensor UnitNorm::operator()(const Tensor& weight) const { return weight / (norms_of(weight, axis_) + epsilon); }

MinMaxNorm::MinMaxNorm(MinMaxNormOptions options) : options_(std::move(options)) {
  using detail::Range;
  detail::check_number("MinMaxNorm", "min_value", options_.min_value, Range::finite_and_not_negative);
  detail::check_number("MinMaxNorm", "max_value", options_.max_value, Range::finite);
  detail::check_number("MinMaxNorm", "max_value - min_value", options_.max_value - options_.min_value,
                       Range::finite_and_not_negative);
  detail::check_number("MinMaxNorm", "rate", options_.rate, Range::from_0_to_1);
}

Tensor MinMaxNorm::operator()(const Tensor& weight) const {
  const auto& [min_value, max_value, rate, axis] = options_;
  const Tensor norms = norms_of(weight, axis);
  const Tensor desired = rate * clip(norms, min_value, max_value) + (1 - rate) * norms;
  return weight * (desired / (norms + epsilon));
}

}  // namespace xtape::constraints
