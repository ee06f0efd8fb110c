#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// What a training has gathered in an epoch, as a backup holds it.

using namespace xtape;

namespace {

using State = std::vector<metrics::MetricVariable>;

std::vector<double> numbers_of(const State& state) {
  std::vector<double> result;
  for (const auto& [name, value] : state) {
    for (const double number : value.to_vector<double>()) result.push_back(number);
  }
  return result;
}

Model of_two_outputs() {
  const Symbol x = Input({2});
  const Model model(x, {{"a", layers::Dense(1)(x)}, {"b", layers::Dense(2)(x)}});
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {{"a", "mae"}, {"b", metrics::R2Score()}}});
  return model;
}

void train(const Model& model, int64_t samples) {
  model.fit(rand({samples, 2}), {rand({samples, 1}), rand({samples, 2})}, {.verbose = 0});
}

}  // namespace

TEST_CASE("what was gathered is set as a whole or not at all") {
  const Model model = of_two_outputs(), other = of_two_outputs();
  train(model, 5);
  train(other, 7);
  const State given = other.impl().gathered(), before = model.impl().gathered();
  const auto check_refused = [&](const State& state) {
    CHECK_THROWS_AS(model.impl().set_gathered(state), Error);
    CHECK(numbers_of(model.impl().gathered()) == numbers_of(before));
  };
  for (std::size_t i = 0; i < given.size(); ++i) {
    INFO(given[i].name);
    State state = given;
    state[i].value = zeros({3, 3}, float64);
    check_refused(state);
    state = given;
    state[i].name += "!";
    check_refused(state);
    state.erase(state.begin() + static_cast<std::ptrdiff_t>(i));
    check_refused(state);
  }
  model.impl().set_gathered(given);
  CHECK(numbers_of(model.impl().gathered()) == numbers_of(given));
}

TEST_CASE("what is refused tells nothing of the outputs, and begins no metric") {
  struct NetImpl : ModelImpl {
    layers::Dense dense{1};
    Tensor call(const Tensor& x) { return dense(x); }
  };
  const Handle<NetImpl> model;
  const metrics::R2Score r2;
  model.compile({.loss = "mse", .metrics = {r2, "mae"}});
  const Model other = of_two_outputs();
  train(other, 5);
  CHECK_THROWS_AS(model.impl().set_gathered(other.impl().gathered()), ValueError);
  const Tensor one = zeros({}, float64), two = zeros({2}, float64), three = zeros({3}, float64);
  const State state{{"loss", two},         {"knows_output_losses", one}, {"loss of an output", two},
                    {"r2_score/sum", two}, {"mae/total", three},         {"mae/count", one}};
  CHECK_THROWS_AS(model.impl().set_gathered(state), ShapeError);
  CHECK(r2.variables().empty());
  CHECK(model.fit(rand({4, 2}), rand({4, 1}), {.verbose = 0}).contains("mae"));
}

TEST_CASE("a metric takes over a state as a whole or not at all") {
  const metrics::R2Score fresh;
  const Tensor one = ones({}, float64);
  CHECK_THROWS_WITH(fresh.set_variables({{"sum", one}, {"count", one}, {"sum", one}}), Contains("sum is given twice"));
  CHECK_THROWS_WITH(fresh.set_variables({{"sum", one}, {"count", {}}}), Contains("count is undefined"));
  CHECK(fresh.variables().empty());
}
