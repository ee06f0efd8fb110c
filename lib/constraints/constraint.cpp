#include <utility>
#include <xtape/constraints/constraint.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/unit_of.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "config/classes.hpp"

namespace xtape::constraints {
namespace {

// Keras's epsilon, by which norms of 0 are told from none.
constexpr double epsilon = 1e-7;

// A weight and its norms, as multiples of units that are 1 where squares stay within the range of their type.
struct Measured {
  Tensor unit, weight, norms;

  Measured(const Tensor& given, const Axes& axis)
      : unit(detail::unit_of(given, axis, 0, given.dtype() == DType::float32 ? 0x1p50 : 0x1p490)),
        weight(given / unit),
        norms(sqrt(sum(square(weight), axis, true))) {}

  Tensor true_norms() const { return norms * unit; }
  Tensor divisor() const { return norms + epsilon / unit; }
};

class MaxNormImpl : public ConstraintImpl {
 public:
  explicit MaxNormImpl(MaxNormOptions options) : options_(std::move(options)) {
    detail::check_number("MaxNorm", "max_value", options_.max_value, detail::Range::finite_and_not_negative);
  }
  Tensor operator()(const Tensor& weight) const override {
    const Measured measured(weight, options_.axis);
    return measured.weight * (minimum(measured.true_norms(), options_.max_value) / measured.divisor());
  }
  std::string class_name() const override { return "MaxNorm"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  MaxNormOptions options_;
};

struct NoFields {
  void fields(Fields&) {}
};

class NonNegImpl : public ConstraintImpl {
 public:
  Tensor operator()(const Tensor& weight) const override { return maximum(weight, 0); }
  std::string class_name() const override { return "NonNeg"; }
  void fields(Fields&) override {}
};

struct UnitNormFields {
  Axes axis = 0;
  void fields(Fields& f) { f("axis", axis); }
};

class UnitNormImpl : public ConstraintImpl {
 public:
  explicit UnitNormImpl(Axes axis) : given_{std::move(axis)} {}
  Tensor operator()(const Tensor& weight) const override {
    const Measured measured(weight, given_.axis);
    return measured.weight / measured.divisor();
  }
  std::string class_name() const override { return "UnitNorm"; }
  void fields(Fields& f) override { given_.fields(f); }

 private:
  UnitNormFields given_;
};

class MinMaxNormImpl : public ConstraintImpl {
 public:
  explicit MinMaxNormImpl(MinMaxNormOptions options) : options_(std::move(options)) {
    using detail::Range;
    detail::check_number("MinMaxNorm", "min_value", options_.min_value, Range::finite_and_not_negative);
    detail::check_number("MinMaxNorm", "max_value", options_.max_value, Range::finite);
    detail::check_number("MinMaxNorm", "max_value - min_value", options_.max_value - options_.min_value,
                         Range::finite_and_not_negative);
    detail::check_number("MinMaxNorm", "rate", options_.rate, Range::from_0_to_1);
  }
  Tensor operator()(const Tensor& weight) const override {
    const auto& [min_value, max_value, rate, axis] = options_;
    const Measured measured(weight, axis);
    const Tensor clipped = clip(measured.true_norms(), min_value, max_value);
    // A norm itself may be beyond the range.
    if (rate == 1) return measured.weight * (clipped / measured.divisor());
    const Tensor desired = rate * clipped / measured.unit + (1 - rate) * measured.norms;
    return weight * (desired / measured.divisor());
  }
  std::string class_name() const override { return "MinMaxNorm"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  MinMaxNormOptions options_;
};

constexpr config::Class<Constraint> entries[] = {
    config::class_of<Constraint, MaxNorm, MaxNormOptions>("MaxNorm"),
    {"NonNeg", [] { return Constraint(NonNeg()); },
     [](const Config& options, const std::string& name) {
       read_fields<NoFields>(options, name);
       return Constraint(NonNeg());
     }},
    {"UnitNorm", [] { return Constraint(UnitNorm()); },
     [](const Config& options, const std::string& name) {
       return Constraint(UnitNorm(read_fields<UnitNormFields>(options, name).axis));
     }},
    config::class_of<Constraint, MinMaxNorm, MinMaxNormOptions>("MinMaxNorm"),
};

}  // namespace

Tensor Constraint::operator()(const Tensor& weight) const {
  Tensor result = (**this)(weight);
  if (!result.defined()) throw ValueError("a constraint returned an undefined tensor");
  if (result.shape() != weight.shape()) {
    throw ShapeError("a constraint made " + result.shape().str() + " of a weight of shape " + weight.shape().str());
  }
  if (result.dtype() != weight.dtype()) {
    throw DTypeError(std::string("a constraint made ") + name(result.dtype()) + " of a weight of " +
                     name(weight.dtype()));
  }
  return result;
}

std::shared_ptr<ConstraintImpl> ConstraintImpl::make(const std::string& name) {
  return config::find_class(entries, "constraint", name).make().pointer();
}

Config serialize(const Constraint& constraint) {
  return config::serialize(constraint.pointer().get(), "keras.constraints");
}

Constraint deserialize(const Config& config) { return config::deserialize<Constraint>(entries, "constraint", config); }

MaxNorm::MaxNorm(MaxNormOptions options) : Constraint(std::make_shared<MaxNormImpl>(std::move(options))) {}
NonNeg::NonNeg() : Constraint(std::make_shared<NonNegImpl>()) {}
UnitNorm::UnitNorm(Axes axis) : Constraint(std::make_shared<UnitNormImpl>(std::move(axis))) {}
MinMaxNorm::MinMaxNorm(MinMaxNormOptions options) : Constraint(std::make_shared<MinMaxNormImpl>(std::move(options))) {}

}  // namespace xtape::constraints
