#include <algorithm>
#include <cmath>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/initializers/variance_scaling.hpp>

namespace xtape::initializers {
namespace {

struct Fans {
  double in, out;
};

Fans fans_of(const Shape& shape) {
  if (shape.rank() == 0) return {1, 1};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double receptive_field = 1;
  for (int axis = 0; axis < shape.rank() - 2; ++axis) receptive_field *= static_cast<double>(shape[axis]);
  return {receptive_field * static_cast<double>(shape[shape.rank() - 2]),
          receptive_field * static_cast<double>(shape[shape.rank() - 1])};
}

// The standard deviation of a normal distribution of deviation 1 cut at -2 and 2.
constexpr double truncated_stddev = 0.87962566103423978;

// Also those whose name says all but the seed.
class VarianceScalingImpl : public InitializerImpl {
 public:
  VarianceScalingImpl(const char* class_name, VarianceScalingOptions options)
      : class_name_(class_name), options_(std::move(options)) {
    detail::check_number("VarianceScaling", "scale", options_.scale, detail::Range::finite_and_positive);
    if (options_.mode != "fan_in" && options_.mode != "fan_out" && options_.mode != "fan_avg") {
      detail::throw_unknown_name("mode of VarianceScaling", options_.mode, {"fan_in", "fan_out", "fan_avg"});
    }
    if (options_.distribution != "truncated_normal" && options_.distribution != "untruncated_normal" &&
        options_.distribution != "uniform") {
      detail::throw_unknown_name("distribution of VarianceScaling", options_.distribution,
                                 {"truncated_normal", "untruncated_normal", "uniform"});
    }
  }

  Tensor operator()(const Shape& shape, DType dtype) const override {
    const Fans fans = fans_of(shape);
    const double count = options_.mode == "fan_in"    ? fans.in
                         : options_.mode == "fan_out" ? fans.out
                                                      : (fans.in + fans.out) / 2;
    const double variance = options_.scale / std::max(1.0, count);
    if (options_.distribution == "uniform") {
      const double limit = std::sqrt(3 * variance);
      return RandomUniform({.minval = -limit, .maxval = limit, .seed = options_.seed})(shape, dtype);
    }
    if (options_.distribution == "untruncated_normal") {
      return RandomNormal({.stddev = std::sqrt(variance), .seed = options_.seed})(shape, dtype);
    }
    return TruncatedNormal({.stddev = std::sqrt(variance) / truncated_stddev, .seed = options_.seed})(shape, dtype);
  }

  std::string class_name() const override { return class_name_; }
  void fields(Fields& f) override {
    if (class_name_ == "VarianceScaling") return options_.fields(f);
    f("seed", options_.seed);
  }

 private:
  std::string class_name_;
  VarianceScalingOptions options_;
};

std::shared_ptr<VarianceScalingImpl> make(const char* class_name, VarianceScalingOptions options) {
  return std::make_shared<VarianceScalingImpl>(class_name, std::move(options));
}

}  // namespace

Initializer for_fans(const Initializer& initializer, int64_t inputs, int64_t outputs) {
  if (!dynamic_cast<const VarianceScalingImpl*>(initializer.pointer().get())) return initializer;
  return [=](const Shape& shape, DType dtype) { return initializer({inputs, outputs}, dtype).reshape(shape); };
}

VarianceScaling::VarianceScaling(VarianceScalingOptions options)
    : Initializer(make("VarianceScaling", std::move(options))) {}
GlorotUniform::GlorotUniform(SeedOptions options)
    : Initializer(make("GlorotUniform", {1, "fan_avg", "uniform", options.seed})) {}
GlorotNormal::GlorotNormal(SeedOptions options)
    : Initializer(make("GlorotNormal", {1, "fan_avg", "truncated_normal", options.seed})) {}
HeUniform::HeUniform(SeedOptions options) : Initializer(make("HeUniform", {2, "fan_in", "uniform", options.seed})) {}
HeNormal::HeNormal(SeedOptions options)
    : Initializer(make("HeNormal", {2, "fan_in", "truncated_normal", options.seed})) {}
LecunUniform::LecunUniform(SeedOptions options)
    : Initializer(make("LecunUniform", {1, "fan_in", "uniform", options.seed})) {}
LecunNormal::LecunNormal(SeedOptions options)
    : Initializer(make("LecunNormal", {1, "fan_in", "truncated_normal", options.seed})) {}

}  // namespace xtape::initializers
