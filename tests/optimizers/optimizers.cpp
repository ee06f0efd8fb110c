#include <cmath>
#include <limits>
#include <memory>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/optimizers/adam.hpp>
#include <xtape/optimizers/rmsprop.hpp>
#include <xtape/optimizers/sgd.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

Tensor variable(const Tensor& value) { return value.astype(float64).clone().set_requires_grad(); }

// The variable after steps with the gradients 1, 2, 3.
double after_three_steps(const optimizers::Optimizer& optimizer) {
  const Tensor w = variable(tensor({10.0}));
  for (const double g : {1.0, 2.0, 3.0}) optimizer.apply({full({1}, g, float64)}, {w});
  return w.item();
}

}  // namespace

TEST_CASE("SGD with and without momentum") {
  optimizers::SGD plain({.learning_rate = 0.1});
  CHECK(after_three_steps(plain) == Approx(10 - 0.1 * 6));
  CHECK(plain.iterations() == 3);
  optimizers::SGD momentum({.learning_rate = 0.1, .momentum = 0.5});
  CHECK(after_three_steps(momentum) == Approx(10 - 0.1 - 0.25 - 0.425));
  optimizers::SGD nesterov({.learning_rate = 0.1, .momentum = 0.5, .nesterov = true});
  CHECK(after_three_steps(nesterov) == Approx(10 - 0.15 - 0.325 - 0.5125));
}

TEST_CASE("Adam and RMSprop follow their formulas") {
  double w = 10, m = 0, v = 0;
  int t = 0;
  for (const double g : {1.0, 2.0, 3.0}) {
    ++t;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    w -= 0.01 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m / (std::sqrt(v) + 1e-7);
  }
  optimizers::Adam adam({.learning_rate = 0.01});
  CHECK(after_three_steps(adam) == Approx(w).epsilon(1e-12));
  w = 10, v = 0, m = 0;
  double a = 0;
  for (const double g : {1.0, 2.0, 3.0}) {
    v = 0.8 * v + 0.2 * g * g;
    a = 0.8 * a + 0.2 * g;
    m = 0.5 * m + 0.01 * g / std::sqrt(v - a * a + 1e-7);
    w -= m;
  }
  optimizers::RMSprop rmsprop({.learning_rate = 0.01, .rho = 0.8, .momentum = 0.5, .centered = true});
  CHECK(after_three_steps(rmsprop) == Approx(w).epsilon(1e-12));
}

TEST_CASE("a running variance that rounding takes below 0 counts as 0") {
  set_random_seed(1);
  optimizers::RMSprop rmsprop({.centered = true});
  const Tensor w = zeros({4096}), gradient = rand({4096}) * 10;
  for (int step = 0; step < 150; ++step) rmsprop.apply({gradient * (1 + 1e-6 * randn({4096}))}, {w});
  CHECK(all(isfinite(w)).item<bool>());
  // NaN, by contrast, shows.
  rmsprop.apply({full({4096}, std::numeric_limits<double>::quiet_NaN())}, {w});
  CHECK(all(isnan(w)).item<bool>());
}

TEST_CASE("a gradient of 0 changes nothing, whatever epsilon is") {
  const auto unchanged = [](optimizers::Optimizer&& optimizer) {
    const Tensor w = ones({3});
    optimizer.apply({zeros({3})}, {w});
    CHECK(array_equal(w, ones({3})));
  };
  for (const double epsilon : {0.0, 1e-60}) {
    unchanged(optimizers::Adam({.epsilon = epsilon}));
    unchanged(optimizers::Adam({.epsilon = epsilon, .amsgrad = true}));
    unchanged(optimizers::RMSprop({.epsilon = epsilon}));
    unchanged(optimizers::RMSprop({.epsilon = epsilon, .centered = true}));
  }
}

TEST_CASE("norms of very large and very small gradients are right") {
  const auto step = [](const optimizers::SGDOptions& options, double size) {
    optimizers::SGDOptions all = options;
    all.learning_rate = 1;
    optimizers::SGD sgd(all);
    const Tensor w = zeros({2});
    sgd.apply({tensor({3.0, 4.0}) * size}, {w});
    return std::vector<double>{w[0].item(), w[1].item()};
  };
  CHECK(step({.clipnorm = 1}, 1e30)[1] == Approx(-0.8));
  CHECK(step({.global_clipnorm = 1}, 1e30)[0] == Approx(-0.6));
  CHECK(step({.clipnorm = 1e-31}, 1e-30)[1] == Approx(-0.8e-31));
  CHECK(step({.global_clipnorm = 1e-31}, 1e-30)[0] == Approx(-0.6e-31));
  CHECK(step({.clipnorm = 1}, 0)[0] == 0);
  // Of factors, and of norms, that the type does not hold.
  CHECK(step({.clipnorm = 1e-7}, 5e37)[1] == Approx(-0.8e-7));
  CHECK(step({.global_clipnorm = 1e-6}, 5e37)[0] == Approx(-0.6e-6));
  const optimizers::SGD sgd({.learning_rate = 1, .clipnorm = 1e-3});
  const Tensor w = zeros({4}, float64);
  sgd.apply({full({4}, 1.5e308, float64)}, {w});
  CHECK(allclose(w, full({4}, -0.5e-3, float64), 1e-12, 0));
  for (const double bad : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(std::isnan(step({.clipnorm = 1}, bad)[0]));
    CHECK(std::isnan(step({.global_clipnorm = 1}, bad)[0]));
  }
}

TEST_CASE("every optimizer finds the bottom of a bowl") {
  for (const char* name : {"sgd", "adam", "adamw", "rmsprop"}) {
    const auto optimizer = optimizers::Optimizer(name);
    optimizer->set_learning_rate(0.05);
    const Tensor w = tensor({3.0, -2.0}).set_requires_grad();
    for (int step = 0; step < 300; ++step) optimizer->apply({grad(sum(square(w - 1)), w)}, {w});
    CHECK(allclose(w, ones({2}), 0, 0.05));
  }
}

TEST_CASE("weights decay by learning rate times decay, before the step") {
  optimizers::SGD sgd({.learning_rate = 0.1, .weight_decay = 0.5});
  const Tensor w = variable(tensor({10.0}));
  sgd.apply({full({1}, 1.0, float64)}, {w});
  CHECK(w.item() == Approx(10 - 10 * 0.5 * 0.1 - 0.1));
}

TEST_CASE("gradients are clipped by value, by norm, by the norm of all") {
  const auto step = [](optimizers::SGDOptions options) {
    options.learning_rate = 1;
    optimizers::SGD sgd(options);
    const Tensor a = variable(tensor({0.0, 0.0})), b = variable(tensor({0.0}));
    sgd.apply({tensor({3.0, -4.0}, float64), tensor({12.0}, float64)}, {a, b});
    return std::vector<double>{a[0].item(), a[1].item(), b.item()};
  };
  CHECK(step({.clipvalue = 3.5}) == std::vector<double>{-3, 3.5, -3.5});
  const auto by_norm = step({.clipnorm = 1});
  CHECK(by_norm[0] == Approx(-0.6));
  CHECK(by_norm[2] == Approx(-1));
  const auto by_global_norm = step({.global_clipnorm = 6.5});
  CHECK(by_global_norm[1] == Approx(2));
  CHECK(by_global_norm[2] == Approx(-6));
  CHECK(step({.global_clipnorm = 100})[2] == Approx(-12));
  CHECK_THROWS_AS(step({.clipnorm = 1, .clipvalue = 1}), ValueError);
}

TEST_CASE("clipping neither hides gradients that are NaN nor loses large ones") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto step = [](optimizers::SGDOptions options, const Tensor& first, const Tensor& second) {
    options.learning_rate = 1;
    optimizers::SGD sgd(options);
    const Tensor a = zeros({2}).set_requires_grad(), b = zeros({1}).set_requires_grad();
    sgd.apply({first, second}, {a, b});
    return std::vector<double>{a[0].item(), a[1].item(), b.item()};
  };
  const Tensor with_nan = tensor({nan, 1.0}), one = tensor({1.0}), large = tensor({-3e30, 4e30});
  const auto by_value = step({.clipvalue = 0.5}, with_nan, one);
  CHECK(std::isnan(by_value[0]));
  CHECK(by_value[1] == -0.5);
  const auto by_norm = step({.clipnorm = 0.5}, with_nan, one);
  CHECK((std::isnan(by_norm[0]) && std::isnan(by_norm[1])));
  CHECK(by_norm[2] == -0.5);
  for (const double value : step({.global_clipnorm = 0.5}, with_nan, one)) CHECK(std::isnan(value));
  // Their squares overflow.
  CHECK(step({.clipnorm = 1}, large, one)[0] == Approx(0.6));
  CHECK(step({.global_clipnorm = 1}, large, one)[1] == Approx(-0.8));
}

TEST_CASE("finite gradients of any size leave finite weights") {
  for (const DType dtype : {float32, float64}) {
    const double largest =
        dtype == float32 ? double{std::numeric_limits<float>::max()} : std::numeric_limits<double>::max();
    for (const double size : {largest, std::sqrt(largest) * 2, std::sqrt(largest) / 4, 1e-30}) {
      const optimizers::Optimizer all[] = {optimizers::Adam(), optimizers::Adam({.amsgrad = true}), optimizers::AdamW(),
                                           optimizers::RMSprop(),
                                           optimizers::RMSprop({.momentum = 0.9, .centered = true})};
      for (const auto& optimizer : all) {
        INFO(optimizer->name() << " with gradients of " << size << " in " << dtype);
        const Tensor w = ones({37}, dtype).set_requires_grad();
        for (const double factor : {1.0, -1.0, 0.0, 1.0, 1e-30}) {
          optimizer->apply({full({37}, size * factor, dtype)}, {w});
          CHECK(xtape::all(isfinite(w)).item<bool>());
        }
        // No step is larger than those of ordinary gradients.
        CHECK(max(abs(w.detach() - 1)).item() < 0.1);
      }
    }
  }
  // The first step of Adam is the learning rate, however large the gradient.
  optimizers::Adam adam({.learning_rate = 0.25});
  const Tensor w = zeros({2}).set_requires_grad();
  adam.apply({tensor({1e30, -3e38})}, {w});
  CHECK(allclose(w, tensor({-0.25, 0.25})));
  // Infinity shows.
  adam.apply({tensor({double{INFINITY}, 0.0})}, {w});
  CHECK(std::isnan(w[0].item()));
  CHECK(std::isfinite(w[1].item()));
}

TEST_CASE("a learning rate beyond float32 leaves weights without gradient as they are") {
  for (const char* name :
       {"sgd", "adam", "adamw", "rmsprop", "nadam", "adamax", "adagrad", "adadelta", "lion", "lamb", "adafactor"}) {
    INFO(name);
    const auto optimizer = optimizers::Optimizer(name);
    optimizer->set_learning_rate(1e300);
    const Tensor w = zeros({3}).set_requires_grad();
    optimizer->apply({zeros({3})}, {w});
    CHECK(array_equal(w.detach(), zeros({3})));
  }
}

TEST_CASE("momentum that fades away does not stay in slow denormal numbers") {
  optimizers::Adam adam;
  const Tensor w = ones({64}).set_requires_grad();
  adam.apply({ones({64})}, {w});
  for (int step = 0; step < 1000; ++step) adam.apply({zeros({64})}, {w});
  // 0 with fused multiply-add; without, it stops where a tenth of it is flushed to zero, which is a normal number.
  for (const double momentum : adam.slots()[0][0].to_vector<double>()) {
    CHECK((momentum == 0 || momentum >= std::numeric_limits<float>::min()));
    CHECK(momentum < 1e-36);
  }
}

TEST_CASE("a variable without gradient stays as it is") {
  optimizers::Adam adam;
  const Tensor a = variable(tensor({1.0})), b = variable(tensor({1.0}));
  adam.apply({Tensor(), ones({1}, float64)}, {a, b});
  CHECK(a.item() == 1);
  CHECK(b.item() == Approx(0.999));
}

TEST_CASE("optimizers refuse bad settings and bad calls, before anything changes") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_MATCHES(optimizers::Adam({.learning_rate = nan}), ValueError,
                       Message("adam: learning_rate must be positive and finite, given nan"));
  CHECK_THROWS_AS(optimizers::SGD({.learning_rate = 0}), ValueError);
  CHECK_THROWS_MATCHES(optimizers::SGD({.momentum = -0.1}), ValueError,
                       Message("SGD: momentum must lie between 0 and 1, given -0.1"));
  CHECK_THROWS_AS(optimizers::Adam({.beta_1 = 1}), ValueError);
  CHECK_THROWS_WITH(optimizers::Optimizer("adma"),
                    Contains("unknown optimizer \"adma\"; the nearest known names are \"adam\""));
  optimizers::SGD sgd;
  const Tensor w = variable(tensor({1.0, 2.0}));
  CHECK_THROWS_AS(sgd.apply({}, {w}), ValueError);
  CHECK_THROWS_MATCHES(sgd.apply({ones({3}, float64)}, {w}), ShapeError,
                       Message("SGD: apply: gradient 0 has shape [3], its variable [2]"));
  CHECK_THROWS_MATCHES(sgd.apply({Tensor()}, {w}), ValueError, Message("SGD: apply: no variable has a gradient"));
  CHECK_THROWS_MATCHES(sgd.apply({ones({2})}, {Tensor()}), ValueError, Message("SGD: apply: a variable is undefined"));
  sgd.apply({ones({2}, float64)}, {w});
  CHECK_THROWS_WITH(sgd.apply({ones({1}, float64)}, {variable(tensor({1.0}))}), Contains("not those"));
  CHECK(sgd.iterations() == 1);
}
