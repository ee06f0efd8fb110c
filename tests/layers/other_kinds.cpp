#include <array>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Handles to which a layer of another kind was assigned, layers in very many layers, and calls that look for shapes.

using namespace xtape;

namespace {

struct ScaleImpl : layers::LayerImpl {
  double factor = 2;
  Tensor call(const Tensor& x) { return x * factor; }
};
using Scale = Handle<ScaleImpl>;

struct PairImpl : layers::LayerImpl {
  std::array<Tensor, 2> call(const Tensor& x) { return {x, x}; }
};
using Pair = Handle<PairImpl>;

// Keeps every second step, and draws.
struct HalveImpl : layers::LayerImpl {
  Tensor call(const Tensor& x) { return x.slice(1, {.step = 2}) + 0 * randn({1}); }
};
using Halve = Handle<HalveImpl>;

}  // namespace

TEST_CASE("A handle whose layer is of another kind says so") {
  Scale scale;
  Pair pair;
  layers::LSTM lstm(2);
  Sequential model{layers::Dense(1, {.input_shape = {2}})};
  const layers::Dense dense(3, {.name = "dense"});
  for (layers::Layer* handle : std::vector<layers::Layer*>{&scale, &pair, &lstm, &model}) *handle = dense;
  CHECK_THROWS_WITH(scale->factor, "dense: a Dense was assigned to this handle, which is one of another kind");
  CHECK_THROWS_AS(pair(ones({1, 2})), ValueError);
  CHECK_THROWS_AS(lstm.reset_state(), ValueError);
  CHECK_THROWS_AS(model.add(dense), ValueError);
  CHECK_THROWS_AS(model.compiled(), ValueError);
  CHECK(scale(ones({1, 2})).shape() == Shape{1, 3});
}

TEST_CASE("There is a limit to layers in each other") {
  Sequential model({layers::Dense(1, {.input_shape = {2}})}, {.name = "m0"});
  const auto nest = [&](int levels) {
    for (int i = 1; i <= levels; ++i) model = Sequential({model}, {.name = "m" + std::to_string(i)});
  };
  CHECK_THROWS_WITH(nest(2000), Contains("more than 1000 layers lie in each other"));
  CHECK(model(ones({3, 2})).shape() == Shape{3, 1});
}

TEST_CASE("Layers in layers that were put together from outside go one by one") {
  std::vector<Sequential> all;
  for (int i = 0; i < 100000; ++i) all.emplace_back();
  for (std::size_t i = 0; i + 1 < all.size(); ++i) all[i].add(all[i + 1]);
  CHECK(all[0].layers().size() == 1);
  all.erase(all.begin() + 1, all.end());
  all.clear();
}

TEST_CASE("Lengths that change with unknown ones are unknown") {
  const Halve halve;
  CHECK(halve.compute_output_shape({-1, -1, 3}) == Shape{-1, -1, 3});
  CHECK(halve.compute_output_shape({5, -1, 3}) == Shape{5, -1, 3});
  CHECK(halve.compute_output_shape({-1, 7, -1}) == Shape{-1, 4, -1});
  CHECK(halve.compute_output_shape({-1, 7, 3}) == Shape{-1, 4, 3});
}

TEST_CASE("Calls that look for shapes leave the random stream where it is, and what they build does not") {
  const auto next = [] { return rand({1}).item(); };
  utils::set_random_seed(3);
  const double first = next(), second = next();
  utils::set_random_seed(3);
  CHECK(next() == first);
  Halve().compute_output_shape({-1, -1, 3});
  Halve()(Input({4, 2}));
  CHECK(next() == second);

  utils::set_random_seed(3);
  const layers::Dense alone(2);
  alone.build({-1, 3});
  utils::set_random_seed(3);
  struct OuterImpl : ModelImpl {
    layers::Dense inner{2};
    Tensor call(const Tensor& x) { return inner(x); }
  };
  const Handle<OuterImpl> model;
  model.build({-1, 3});
  CHECK(array_equal(model.get_weights()[0], alone.get_weights()[0]));
}
