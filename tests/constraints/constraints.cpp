#include <cmath>
#include <limits>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

namespace xtape::test {
namespace {

using namespace constraints;

Tensor norms(const Tensor& weight, const Axes& axes) { return sqrt(sum(square(weight), axes, true)); }

}  // namespace

TEST_CASE("MaxNorm shortens what is too long and leaves the rest but for epsilon") {
  const Tensor weight = tensor({{3.0, 0.3}, {4.0, 0.4}}, float64);
  const Tensor limited = MaxNorm({.max_value = 1})(weight);
  CHECK(allclose(limited, tensor({{0.6, 0.3}, {0.8, 0.4}}, float64), 1e-6));
  CHECK(allclose(norms(MaxNorm({.max_value = 0.25, .axis = {0, 1, 2}})(sample({3, 3, 2, 4})), {0, 1, 2}),
                 full({1, 1, 1, 4}, 0.25, float64), 1e-6));
  CHECK(array_equal(MaxNorm()(zeros({2, 2})), zeros({2, 2})));
}

TEST_CASE("NonNeg cuts at zero, UnitNorm scales to length one, MinMaxNorm into an interval") {
  CHECK(array_equal(NonNeg()(tensor({-1.0, 0.0, 2.0})), tensor({0.0, 0.0, 2.0})));
  const Tensor weight = sample({3, 4});
  CHECK(allclose(norms(UnitNorm(1)(weight), 1), ones({3, 1}, float64), 1e-6));
  const Tensor short_one = tensor({{0.03}, {0.04}}, float64);
  CHECK(allclose(norms(MinMaxNorm({.min_value = 0.5})(short_one), 0), full({1, 1}, 0.5, float64), 1e-5));
  CHECK(allclose(norms(MinMaxNorm({.min_value = 0.5, .rate = 0.5})(short_one), 0), full({1, 1}, 0.275, float64), 1e-5));
  CHECK(allclose(MinMaxNorm({.max_value = 100})(weight), weight, 1e-6));
  CHECK(MinMaxNorm()(weight.astype(float32)).dtype() == float32);
}

TEST_CASE("constraints hold for columns whose squares overflow, and leave the bits of others") {
  const Tensor ordinary = sample({3, 4}).astype(float32), w = tensor({{3.0, 0.6, 3.0}, {4.0, 0.8, 3.3}}, float64);
  const std::vector<Constraint> all{UnitNorm(), MaxNorm({.max_value = 2}),
                                    MinMaxNorm({.min_value = 0.5, .max_value = 2}),
                                    MinMaxNorm({.min_value = 0.5, .max_value = 2, .rate = 0.25})};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const double size : {1.0, 1e15, 1e18, 1e20, 1e30, 1e38}) {
      INFO(i << " at " << size);
      const Tensor weight = (w * size / 3).astype(float32), expected = all[i](weight.astype(float64));
      CHECK(allclose(all[i](weight).astype(float64), expected, 2e-6, 0));
    }
    const Tensor mixed = ordinary.clone();
    mixed.select(1, 2).fill(1e25);
    CHECK(array_equal(all[i](mixed).select(1, 1), all[i](ordinary).select(1, 1)));
  }
  const Tensor lengths = norms(ordinary, 0);
  CHECK(array_equal(UnitNorm()(ordinary), ordinary / (lengths + 1e-7)));
  CHECK(array_equal(MaxNorm({.max_value = 2})(ordinary), ordinary * (minimum(lengths, 2) / (lengths + 1e-7))));
}

TEST_CASE("constraints have names and refuse numbers without meaning") {
  const Tensor weight = sample({3, 4});
  CHECK(array_equal(Constraint("max_norm")(weight), MaxNorm({.max_value = 2, .axis = 0})(weight)));
  CHECK(array_equal(Constraint("NonNeg")(weight), NonNeg()(weight)));
  CHECK(array_equal(Constraint("unit_norm")(weight), UnitNorm(0)(weight)));
  CHECK(array_equal(Constraint("min_max_norm")(weight),
                    MinMaxNorm({.min_value = 0, .max_value = 1, .rate = 1, .axis = 0})(weight)));
  CHECK_THROWS_WITH(Constraint("maxnorm"), Contains("unknown constraint") && Contains("\"max_norm\""));
  CHECK_THROWS_AS(MaxNorm({.max_value = -1}), ValueError);
  CHECK_THROWS_AS(MaxNorm({.max_value = std::numeric_limits<double>::infinity()}), ValueError);
  CHECK_THROWS_AS(MinMaxNorm({.min_value = 2, .max_value = 1}), ValueError);
  CHECK_THROWS_AS(MinMaxNorm({.min_value = -1}), ValueError);
  CHECK_THROWS_AS(MinMaxNorm({.rate = 1.5}), ValueError);
  CHECK_THROWS_AS(UnitNorm(2)(weight), IndexError);
}

TEST_CASE("constraints are found by name, written and read") {
  CHECK(constraints::Constraint("max_norm").get_config().at("max_value").number() == 2);
  CHECK_THROWS_WITH(constraints::Constraint("max_nrm"), Contains("max_norm"));
  CHECK_THROWS_AS(constraints::MinMaxNorm({.min_value = 2, .max_value = 1}), ValueError);
  const Config config = constraints::serialize(constraints::MinMaxNorm({.min_value = 0.5, .rate = 0.25}));
  CHECK(config.at("module").text() == "keras.constraints");
  CHECK(config.at("class_name").text() == "MinMaxNorm");
  CHECK(constraints::serialize(constraints::deserialize(config)) == config);
  CHECK(constraints::serialize({}).is_null());
}

TEST_CASE("training keeps to constraints") {
  Sequential model{layers::Dense(1, {.kernel_initializer = "ones",
                                     .kernel_constraint = "non_neg",
                                     .bias_constraint = "non_neg",
                                     .input_shape = {2}})};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1}), .loss = "mse"});
  model.fit(ones({4, 2}), full({4, 1}, -5.0), {.verbose = 0});
  for (const Tensor& weight : model.get_weights()) CHECK(array_equal(weight, zeros_like(weight)));
}

TEST_CASE("constraints that do not fit the variables are refused") {
  const optimizers::SGD sgd;
  sgd.set_constraints({"non_neg"});
  const Tensor a = ones({2}).set_requires_grad(), b = ones({2}).set_requires_grad();
  CHECK_THROWS_AS(sgd.apply({ones({2}), ones({2})}, {a, b}), ValueError);
  sgd.apply({full({2}, 1000.0)}, {a});
  CHECK(array_equal(a.detach(), zeros({2})));
  CHECK_THROWS_AS(sgd.set_constraints({{}, {}}), ValueError);
}

namespace {

struct MeanImpl : ConstraintImpl {
  Tensor operator()(const Tensor& weight) const override { return mean(weight); }
};

}  // namespace

TEST_CASE("a constraint of one's own keeps shape and type, and is tried before training") {
  const Sequential model{layers::Dense(1, {.kernel_constraint = MeanImpl(), .input_shape = {2}})};
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const auto before = model.get_weights();
  CHECK_THROWS_WITH(model.fit(ones({4, 2}), ones({4, 1}), {.verbose = 0}),
                    Contains("kernel: a constraint made [] of a weight of shape [2, 1]"));
  CHECK(array_equal(model.get_weights()[0], before[0]));
}

}  // namespace xtape::test
