#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "golden/cases.hpp"
#include "golden/make_optimizer.hpp"

namespace xtape::test {
namespace {

void check_case(const Case& reference) {
  const optimizers::Optimizer optimizer = make_optimizer(reference.kind, reference.config);
  std::vector<Tensor> variables, gradients, expected;
  while (reference.has("var" + std::to_string(variables.size()) + "_init")) {
    const std::string index = std::to_string(variables.size());
    variables.push_back(reference.array("var" + index + "_init"));
    gradients.push_back(reference.array("grad" + index));
    expected.push_back(reference.array("var" + index));
  }
  const std::vector<double> rates = reference.all.numbers("learning_rate");
  for (int64_t step = 0; step < gradients[0].shape(0); ++step) {
    INFO("step " << step);
    CHECK(optimizer.iterations() == step);
    CHECK(optimizer.learning_rate() == Approx(rates[static_cast<std::size_t>(step)]).epsilon(1e-6));
    std::vector<Tensor> now;
    for (const Tensor& all : gradients) now.push_back(all[step]);
    optimizer.apply(now, variables);
    for (std::size_t i = 0; i < variables.size(); ++i) {
      INFO("variable " << i);
      check_close("value", variables[i], expected[i][step], reference.tolerance());
    }
  }
}

}  // namespace

TEST_CASE("optimizers take Keras's steps") { check_cases("functions", check_case, "optimizer"); }

}  // namespace xtape::test
