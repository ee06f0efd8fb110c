#include <functional>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "golden/cases.hpp"
#include "golden/make_optimizer.hpp"

namespace xtape::test {
namespace {

// A role of each variable, "var" or "grad", or nothing if the case has none.
std::vector<Tensor> arrays(const Case& reference, const std::string& role, const std::string& suffix = "") {
  std::vector<Tensor> result;
  for (int i = 0; reference.has(role + std::to_string(i) + suffix); ++i) {
    result.push_back(reference.array(role + std::to_string(i) + suffix));
  }
  return result;
}

// All that the optimizer keeps, by Keras's names and in its order.
void check_state(const Case& reference, const optimizers::Optimizer& optimizer) {
  const std::vector<optimizers::OptimizerVariable> variables = optimizer.variables();
  const std::vector<Config> expected = reference.all.objects("state");
  const Tensor values = reference.array("state");
  REQUIRE(variables.size() == expected.size());
  int64_t begin = 0;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    INFO(variables[i].name);
    CHECK(variables[i].name == expected[i].text("name", ""));
    const int64_t size = variables[i].value.numel();
    REQUIRE(begin + size <= values.numel());
    check_close("state", variables[i].value.reshape({size}), values.slice(0, {begin, begin + size}),
                reference.tolerance());
    begin += size;
  }
  CHECK(begin == values.numel());
}

// The steps as they are, or captured.
void check_case(const Case& reference, bool captured) {
  const optimizers::Optimizer optimizer = make_optimizer(reference.kind, reference.config);
  const std::vector<Tensor> variables = arrays(reference, "var", "_init"), gradients = arrays(reference, "grad"),
                            expected = arrays(reference, "var"), averages = arrays(reference, "ema");
  optimizer.set_paths({"kernel", "bias"});
  using Tensors = std::vector<Tensor>;
  std::function<Tensors(const Tensors&)> run = [&](const Tensors& now) -> Tensors {
    optimizer.apply(now, variables);
    return {};
  };
  if (captured) {
    optimizer.build(variables);
    Tensors first;
    for (const Tensor& all : gradients) first.push_back(all[0]);
    run = capture(run, first);
  }
  const std::vector<double> rates = reference.all.numbers("learning_rate");
  const int64_t accumulated = reference.config.integer("gradient_accumulation_steps", 1);
  for (int64_t step = 0; step < gradients[0].shape(0); ++step) {
    INFO("step " << step);
    CHECK(optimizer.iterations() == step / accumulated);
    // Keras's are float32, in which a cosine near -1 leaves less.
    CHECK(optimizer.learning_rate() == Approx(rates[static_cast<std::size_t>(step)]).epsilon(1e-6).margin(1e-8));
    Tensors now;
    for (const Tensor& all : gradients) now.push_back(all[step]);
    run(now);
    for (std::size_t i = 0; i < variables.size(); ++i) {
      INFO("variable " << i);
      check_close("value", variables[i], expected[i][step], reference.tolerance());
      if (!averages.empty()) check_close("average", optimizer.averages()[i], averages[i][step], reference.tolerance());
    }
  }
  check_state(reference, optimizer);
  optimizer.finalize_variable_values(variables);
  const std::vector<Tensor> final = arrays(reference, "final");
  for (std::size_t i = 0; i < final.size(); ++i) check_close("final", variables[i], final[i], reference.tolerance());
}

}  // namespace

TEST_CASE("optimizers take Keras's steps, average and keep what Keras keeps") {
  check_cases(
      "functions", [](const Case& reference) { check_case(reference, false); }, "optimizer");
}

TEST_CASE("captured, optimizers take the same steps") {
  check_cases(
      "functions",
      [](const Case& reference) {
        // Norms are values, which cannot be read then.
        const bool by_norm = reference.config.contains("clipnorm") || reference.config.contains("global_clipnorm");
        check_case(reference, !by_norm);
      },
      "optimizer");
}

}  // namespace xtape::test
