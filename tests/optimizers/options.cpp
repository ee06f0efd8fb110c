#include <cmath>
#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// What all optimizers are told: rates, averages, accumulation, decay, scales of losses.

using namespace xtape;
using optimizers::Optimizer;
using optimizers::SGD;

namespace {

namespace schedules = optimizers::schedules;

const char* const names[] = {"sgd",     "adam",     "adamw", "rmsprop", "nadam", "adamax",
                             "adagrad", "adadelta", "lion",  "ftrl",    "lamb",  "adafactor"};

Tensor variable(double value) { return full({1}, value, float64).set_requires_grad(); }
Tensor gradient(double value) { return full({1}, value, float64); }

struct Halving : schedules::LearningRateScheduleImpl {
  double operator()(int64_t step) const override { return std::pow(0.5, static_cast<double>(step)); }
};

}  // namespace

TEST_CASE("a learning rate is a number, a schedule, one's own, or a function") {
  const auto moved = [](optimizers::LearningRate rate) {
    SGD sgd({.learning_rate = std::move(rate)});
    const Tensor w = variable(0);
    for (int step = 0; step < 3; ++step) sgd.apply({gradient(-1)}, {w});
    return w.item();
  };
  CHECK(moved(0.5) == 1.5);
  CHECK(moved(1) == 3);
  CHECK(moved(Halving()) == 1.75);
  CHECK(moved(std::make_shared<Halving>()) == 1.75);
  CHECK(moved(schedules::PiecewiseConstantDecay({0}, {1, 0.25})) == 1.5);
  CHECK(moved([](int64_t step) { return static_cast<double>(step); }) == 3);
  int asked = 0;
  CHECK(moved([&asked] { return ++asked, 2.0; }) == 6);
  CHECK(asked == 3);
}

TEST_CASE("where a schedule or a function is set, no number is") {
  const SGD scheduled({.learning_rate = schedules::ExponentialDecay(0.5, 10, 0.1)});
  CHECK(scheduled.learning_rate_is_schedule());
  CHECK_THROWS_MATCHES(scheduled.set_learning_rate(0.1), ValueError,
                       Message("SGD: a schedule gives the learning rate, so that no number can be set; make the "
                               "optimizer with a number, or set another schedule or function"));
  const SGD asked({.learning_rate = [] { return 0.1; }});
  CHECK_THROWS_WITH(asked.set_learning_rate(0.1), Contains("SGD: a function gives the learning rate"));
  const SGD number({.learning_rate = 0.1});
  CHECK_FALSE(number.learning_rate_is_schedule());
  number.set_learning_rate(schedules::ExponentialDecay(0.5, 10, 0.1));
  CHECK(number.learning_rate() == 0.5);
  CHECK_THROWS_AS(number.set_learning_rate(0.1), ValueError);
}

TEST_CASE("a rate of a schedule that is none is refused with its step, before anything changes") {
  const Tensor w = variable(1);
  SGD sgd({.learning_rate = [](int64_t step) { return step == 1 ? -1.0 : 0.5; }});
  sgd.apply({gradient(1)}, {w});
  CHECK_THROWS_MATCHES(sgd.apply({gradient(1)}, {w}), ValueError,
                       Message("SGD: the learning rate of step 1 must be finite and not negative, given -1.0"));
  CHECK(w.item() == 0.5);
  CHECK(sgd.iterations() == 1);
  // 0, as at the end of a decay, is one; Ftrl divides by it.
  optimizers::Ftrl ftrl({.learning_rate = [] { return 0.0; }});
  CHECK_THROWS_WITH(ftrl.apply({gradient(1)}, {w}), "ftrl: learning_rate must be positive and finite, given 0.0");
  CHECK(w.item() == 0.5);
}

TEST_CASE("accumulated gradients are one step of their mean, clipped and decayed once") {
  for (const char* name : names) {
    INFO(name);
    Config config = optimizers::serialize(name), options = config.at("config");
    options.set("weight_decay", 0.1);
    options.set("clipvalue", 1.5);
    config.set("config", options);
    const Optimizer plain = optimizers::deserialize(config);
    options.set("gradient_accumulation_steps", 3);
    config.set("config", options);
    const Optimizer accumulated = optimizers::deserialize(config);
    const Tensor w = tensor({{1.0, 2.0}, {3.0, 4.0}}), same = w.clone();
    for (int step = 0; step < 4; ++step) {
      const Tensor g = tensor({{1.0, -2.0}, {0.5, 8.0}}) * (step + 1);
      plain.apply({g}, {w});
      for (const double part : {0.5, 1.5, 1.0}) {
        CHECK(accumulated.iterations() == step);
        accumulated.apply({g * part}, {same});
      }
      CHECK(allclose(same, w, 1e-6));
    }
  }
}

TEST_CASE("averages start at the first step's values, overwrite at their time, and at the end") {
  SGD sgd({.learning_rate = 1, .use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 2});
  const Tensor w = variable(0);
  sgd.finalize_variable_values({w});
  CHECK(w.item() == 0);
  sgd.apply({gradient(-1)}, {w});
  CHECK(sgd.averages()[0].item() == 1);
  CHECK(w.item() == 1);
  sgd.apply({gradient(-2)}, {w});
  CHECK(w.item() == 2);  // the mean of 1 and 3
  sgd.apply({gradient(-2)}, {w});
  CHECK(w.item() == 4);
  sgd.finalize_variable_values({w});
  CHECK(w.item() == 3);
  CHECK_THROWS_MATCHES(sgd.finalize_variable_values({w, w}), ValueError,
                       Message("SGD: finalize_variable_values: 2 variables given, the optimizer was built for 1"));
  SGD without;
  without.apply({gradient(1)}, {w});
  without.finalize_variable_values({});
  CHECK(without.averages().empty());
}

TEST_CASE("an optimizer says what to do with variables that it was not built for, and changes nothing") {
  const SGD sgd;
  const Tensor a = variable(0), b = variable(0);
  sgd.apply({gradient(1), gradient(1)}, {a, b});
  const double before = b.item();
  const std::string cure =
      "; take a new optimizer for them, and where layers of a model were frozen, freed, added or removed, compile it "
      "with one";
  CHECK_THROWS_MATCHES(sgd.apply({gradient(1)}, {b}), ValueError,
                       Message("SGD: apply: the variables are not those that the optimizer was built for" + cure));
  CHECK_THROWS_MATCHES(sgd.set_paths({"b"}), ValueError,
                       Message("SGD: the optimizer was built for 2 variables, and given 1" + cure));
  CHECK_THROWS_MATCHES(sgd.set_constraints({"non_neg"}), ValueError,
                       Message("SGD: the optimizer was built for 2 variables, and given 1" + cure));
  CHECK(sgd.iterations() == 1);
  CHECK(b.item() == before);
}

TEST_CASE("variables are excluded from decay by themselves or by name") {
  const auto decayed = [](optimizers::WeightDecayExclusion exclusion, const Tensor& kernel, const Tensor& bias) {
    for (const char* name : names) {
      INFO(name);
      Config config = optimizers::serialize(name), options = config.at("config");
      options.set("weight_decay", 0.5);
      options.set("learning_rate", 0.25);
      config.set("config", options);
      const Optimizer optimizer = optimizers::deserialize(config), free = optimizers::deserialize(config);
      optimizer.exclude_from_weight_decay(exclusion);
      optimizer.set_paths({"model/bias_layer/kernel", "model/dense/bias"});
      kernel.fill(1), bias.fill(1);
      optimizer.apply({ones({2, 2}), ones({2})}, {kernel, bias});
      const Tensor other_kernel = ones({2, 2}), other_bias = ones({2});
      free.apply({ones({2, 2}), ones({2})}, {other_kernel, other_bias});
      CHECK(array_equal(kernel, other_kernel));
      if (std::string(name) == "lion") CHECK(bias[0].item() == 0.75);
      CHECK_FALSE(array_equal(bias, other_bias));
    }
  };
  const Tensor kernel = ones({2, 2}), bias = ones({2});
  decayed({.var_names = {"bias"}}, kernel, bias);
  decayed({.var_list = {bias}}, kernel, bias);
  SGD sgd;
  sgd.exclude_from_weight_decay({.var_names = {"bias"}});
  CHECK_THROWS_WITH(sgd.apply({ones({2})}, {bias}), Contains("SGD: exclude_from_weight_decay was given names"));
  sgd.set_paths({"bias"});
  sgd.apply({ones({2})}, {bias});
  CHECK_THROWS_WITH(sgd.exclude_from_weight_decay({}), Contains("before the optimizer is built"));
}

TEST_CASE("a scaled loss gives the same steps") {
  const Tensor w = variable(3), same = variable(3);
  SGD plain({.learning_rate = 0.1}), scaled({.learning_rate = 0.1, .loss_scale_factor = 1024});
  const optimizers::LossScaleOptimizer dynamic(SGD({.learning_rate = 0.1, .loss_scale_factor = 4}),
                                               {.initial_scale = 8, .dynamic_growth_steps = 2});
  const Tensor third = variable(3);
  for (int step = 0; step < 3; ++step) {
    plain.apply({grad(sum(square(w)), w)}, {w});
    scaled.apply({grad(scaled.scale_loss(sum(square(same))), same)}, {same});
    dynamic.apply({grad(dynamic.scale_loss(sum(square(third))), third)}, {third});
  }
  CHECK(same.item() == Approx(w.item()));
  CHECK(third.item() == Approx(w.item()));
  CHECK(dynamic.iterations() == 3);
  // It has doubled once, and halves where a gradient is not finite, without a step.
  CHECK(dynamic.scale_loss(ones({})).item() == 16);
  dynamic.apply({gradient(INFINITY)}, {third});
  CHECK(third.item() == Approx(w.item()));
  CHECK(dynamic.scale_loss(ones({})).item() == 8);
  CHECK(dynamic.iterations() == 3);
  const auto state = dynamic.variables();
  REQUIRE(state.size() == 6);
  CHECK(state[2].name == "step_counter");
  CHECK(state[3].name == "dynamic_scale");
}

TEST_CASE("each optimizer is written and read, with its schedule") {
  for (const char* name : names) {
    INFO(name);
    const Optimizer optimizer = name;
    optimizer.set_learning_rate(
        schedules::CosineDecay(0.1, 50, {.alpha = 0.1, .warmup_target = 0.2, .warmup_steps = 5}));
    const Config config = optimizers::serialize(optimizer);
    CHECK(config.at("config").at("learning_rate").at("class_name").text() == "CosineDecay");
    const Optimizer read = optimizers::deserialize(config);
    CHECK(optimizers::serialize(read) == config);
    CHECK(read.learning_rate_is_schedule());
    CHECK(read.learning_rate() == 0.1);
  }
  const optimizers::LossScaleOptimizer scaled("adam");
  const Config config = optimizers::serialize(scaled);
  CHECK(config.at("config").at("inner_optimizer").at("class_name").text() == "Adam");
  CHECK(optimizers::serialize(optimizers::deserialize(config)) == config);
  CHECK_THROWS_WITH(optimizers::serialize(SGD({.learning_rate = [] { return 0.1; }})),
                    Contains("a function cannot be written"));
  CHECK_THROWS_AS(optimizers::serialize(SGD({.learning_rate = Halving()})), ValueError);
}

TEST_CASE("what is left out says so, and what is out of range is refused") {
  for (const char* name : {"muon", "Muon"}) {
    CHECK_THROWS_WITH(Optimizer(name), "the optimizer Muon is left out of xtape; \"adamw\" is the nearest one");
  }
  Config config = optimizers::serialize("adam");
  config.set("class_name", "ScheduleFreeAdamW");
  CHECK_THROWS_WITH(optimizers::deserialize(config), Contains("ScheduleFreeAdamW is left out"));
  CHECK_THROWS_WITH(Optimizer("loss_scale_optimizer"), Contains("is made with an inner optimizer"));
  CHECK_THROWS_WITH(optimizers::LossScaleOptimizer(nullptr), Contains("inner_optimizer is nothing"));
  CHECK_THROWS_WITH(SGD({.ema_overwrite_frequency = 0}), "SGD: ema_overwrite_frequency must be at least 1, given 0");
  CHECK_THROWS_WITH(SGD({.gradient_accumulation_steps = 1}),
                    "SGD: gradient_accumulation_steps must be at least 2, given 1");
  CHECK_THROWS_WITH(optimizers::Lion({.beta_1 = 0}), Contains("lion: beta_1 must be positive"));
  CHECK_THROWS_WITH(schedules::ExponentialDecay(0.1, 0, 0.5),
                    "ExponentialDecay: decay_steps must be at least 1, given 0");
  CHECK_THROWS_WITH(schedules::PiecewiseConstantDecay({1}, {0.1}),
                    "PiecewiseConstantDecay: 1 boundaries need 2 values, given 1");
  CHECK_THROWS_WITH(schedules::PiecewiseConstantDecay({2, 2}, {0.1, 0.2, 0.3}),
                    "PiecewiseConstantDecay: boundaries must increase, given 2 after 2");
  CHECK_THROWS_WITH(schedules::CosineDecayRestarts(0.1, 5, {.t_mul = 0.5}), Contains("t_mul must be at least 1"));
  Config schedule = schedules::serialize(schedules::ExponentialDecay(0.1, 10, 0.5));
  Config options = Config::dict();
  options.set("initial_learning_rate", 0.1);
  schedule.set("config", options);
  CHECK_THROWS_WITH(schedules::deserialize(schedule), "ExponentialDecay: decay_steps is missing");
  CHECK_THROWS_WITH(schedules::deserialize("cosine"), Contains("made with its options, not of a name"));
  CHECK_THROWS_AS(optimizers::LearningRate(schedules::LearningRateSchedule()), ValueError);
}

TEST_CASE("optimizers find the bottom of a bowl, also captured with all options") {
  for (const char* name : names) {
    INFO(name);
    Config config = optimizers::serialize(name), options = config.at("config");
    options.set("learning_rate", schedules::serialize(schedules::ExponentialDecay(0.5, 100, 0.5)));
    options.set("weight_decay", 0.01);
    options.set("use_ema", true);
    options.set("ema_overwrite_frequency", 2);
    options.set("gradient_accumulation_steps", 2);
    options.set("loss_scale_factor", 8.0);
    options.set("clipvalue", 1.0);
    config.set("config", options);
    const auto train = [&](bool captured) {
      const Optimizer optimizer = optimizers::deserialize(config);
      const Tensor w = tensor({{3.0, -2.0}, {0.5, 1.5}}).set_requires_grad(),
                   b = tensor({2.0, 1.0}).set_requires_grad();
      optimizer.set_paths({"kernel", "bias"});
      optimizer.exclude_from_weight_decay({.var_names = {"bias"}});
      optimizer.build({w, b});
      using Tensors = std::vector<Tensor>;
      const auto step = [&](const Tensors& x) -> Tensors {
        const Tensor loss = sum(square(w - x[0])) + sum(square(b - 1));
        optimizer.apply(grad(optimizer.scale_loss(loss), {w, b}), {w, b});
        return {loss};
      };
      std::function<Tensors(const Tensors&)> run = step;
      if (captured) run = capture(step, {ones({2, 2})});
      Tensors losses;
      for (int i = 0; i < 25; ++i) losses.push_back(run({ones({2, 2})})[0].detach());
      CHECK(losses.back().item() < losses.front().item());
      for (const auto& [name_of, value] : optimizer.variables()) losses.push_back(value.astype(float64));
      losses.push_back(w.detach()), losses.push_back(b.detach());
      return losses;
    };
    const std::vector<Tensor> plain = train(false), replayed = train(true);
    REQUIRE(plain.size() == replayed.size());
    for (std::size_t i = 0; i < plain.size(); ++i) CHECK(array_equal(plain[i], replayed[i]));
  }
}
