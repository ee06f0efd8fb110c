#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::initializers {
namespace {

void check_normal(const char* initializer, const RandomNormalOptions& options) {
  detail::check_number(initializer, "mean", options.mean, detail::Range::finite);
  detail::check_number(initializer, "stddev", options.stddev, detail::Range::finite_and_not_negative);
}

class RandomNormalImpl : public InitializerImpl {
 public:
  explicit RandomNormalImpl(RandomNormalOptions options) : options_(options) { check_normal("RandomNormal", options_); }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    return draw_with_seed(options_.seed, [&] { return randn(shape, dtype) * options_.stddev + options_.mean; });
  }
  std::string class_name() const override { return "RandomNormal"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  RandomNormalOptions options_;
};

class TruncatedNormalImpl : public InitializerImpl {
 public:
  explicit TruncatedNormalImpl(RandomNormalOptions options) : options_(options) {
    check_normal("TruncatedNormal", options_);
  }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    return draw_with_seed(options_.seed, [&] {
      Tensor values = randn(shape, dtype);
      // One value in 22 lies outside, so a dozen rounds make even large tensors complete.
      for (Tensor outside = abs(values) > 2; any(outside).item<bool>(); outside = abs(values) > 2) {
        values = where(outside, randn(shape, dtype), values);
      }
      return values * options_.stddev + options_.mean;
    });
  }
  std::string class_name() const override { return "TruncatedNormal"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  RandomNormalOptions options_;
};

class RandomUniformImpl : public InitializerImpl {
 public:
  explicit RandomUniformImpl(RandomUniformOptions options) : options_(options) {
    detail::check_number("RandomUniform", "minval", options_.minval, detail::Range::finite);
    detail::check_number("RandomUniform", "maxval", options_.maxval, detail::Range::finite);
    detail::check_number("RandomUniform", "maxval - minval", options_.maxval - options_.minval,
                         detail::Range::finite_and_not_negative);
  }
  Tensor operator()(const Shape& shape, DType dtype) const override {
    const double range = options_.maxval - options_.minval;
    return draw_with_seed(options_.seed, [&] { return rand(shape, dtype) * range + options_.minval; });
  }
  std::string class_name() const override { return "RandomUniform"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  RandomUniformOptions options_;
};

}  // namespace

RandomNormal::RandomNormal(RandomNormalOptions options) : Initializer(std::make_shared<RandomNormalImpl>(options)) {}
TruncatedNormal::TruncatedNormal(RandomNormalOptions options)
    : Initializer(std::make_shared<TruncatedNormalImpl>(options)) {}
RandomUniform::RandomUniform(RandomUniformOptions options)
    : Initializer(std::make_shared<RandomUniformImpl>(options)) {}

}  // namespace xtape::initializers
