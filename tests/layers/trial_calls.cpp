#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Calls that only look for shapes leave what layers keep, and random numbers, as they were.

using namespace xtape;

namespace {

// Counts its calls in a variable of its own.
struct CountingImpl : layers::LayerImpl {
  Tensor count;
  bool throws = false;
  void build(const Shape&) override { count = add_weight("count", {1}, "zeros", {.trainable = false}); }
  Tensor call(const Tensor& x) {
    const NoGrad no_grad;
    count.assign(count + 1);
    if (throws) throw ShapeError("enough");
    return x * 2;
  }
};
using Counting = Handle<CountingImpl>;

// Drops in every call, from a stream of its own.
struct AlwaysDroppingImpl : layers::LayerImpl {
  layers::Dropout drop{0.5, {.seed = 3}};
  Tensor call(const Tensor& x) { return drop(x, {.training = true}) + 0 * rand(x.shape()); }
};
using AlwaysDropping = Handle<AlwaysDroppingImpl>;

// Its parts are built by its first call.
struct AroundImpl : ModelImpl {
  Counting counting;
  layers::Dense dense{2};
  Tensor call(const Tensor& x) { return dense(counting(counting(x))); }
};
using Around = Handle<AroundImpl>;

double count_of(const Counting& layer) { return layer->count.item(); }

}  // namespace

TEST_CASE("calls on symbols do not count") {
  const Counting counting;
  const Symbol x = Input({3}), y = Input({-1, 3});
  const Symbol called = counting(x);
  counting(called);
  CHECK(counting.compute_output_shape({-1, 3}) == Shape{-1, 3});
  CHECK(count_of(counting) == 0);
  const Model model(x, called);
  model(ones({2, 3}));
  CHECK(count_of(counting) == 1);
  counting->throws = true;
  CHECK_THROWS_WITH(counting(x), Contains("enough"));
  CHECK(count_of(counting) == 1);
  CHECK_THROWS_WITH(counting(ones({2, 3})), Contains("enough"));
  CHECK(count_of(counting) == 2);
}

TEST_CASE("layers that are built on the way begin as they were built") {
  const Around around;
  around(Input({3}));
  REQUIRE(around->counting.built());
  CHECK(count_of(around->counting) == 0);
  around(ones({1, 3}));
  CHECK(count_of(around->counting) == 2);
  const Counting first;
  const Sequential sequential{first, layers::Dense(2)};
  sequential.build({-1, 3});
  CHECK(count_of(first) == 0);
}

TEST_CASE("fit tries a model on a sample, which does not count") {
  const Around around;
  around.compile({.optimizer = "sgd", .loss = "mse"});
  around.fit(ones({8, 3}), ones({8, 2}), {.batch_size = 4, .verbose = 0});
  CHECK(count_of(around->counting) == 4);  // twice in each of two batches
}

TEST_CASE("what did not change counts as unchanged") {
  const layers::BatchNormalization normalization;
  const Tensor x = ones({2, 3}).set_requires_grad();
  const Tensor y = normalization(x);
  normalization(Input({3}));
  y.sum().backward();
  CHECK(x.grad().shape() == Shape{2, 3});
}

TEST_CASE("streams of random numbers stay where they are") {
  const Tensor x = ones({4, 16});
  const AlwaysDropping plain, tried;
  plain.build(x.shape());
  const RandomState before = get_random_state();
  tried(Input({16}));
  tried.compute_output_shape({-1, 16});
  CHECK(get_random_state().offset == before.offset);
  CHECK(array_equal(tried(x), plain(x)));
}
