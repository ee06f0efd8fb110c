#include <thread>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Losses that calls add: add_loss and activity regularizers.

using namespace xtape;

namespace {

double total(const std::vector<Tensor>& losses) {
  double result = 0;
  for (const Tensor& loss : losses) result += sum(loss).item();
  return result;
}

// Adds the sum of its inputs.
struct AddsSumImpl : layers::LayerImpl {
  Tensor call(const Tensor& x) {
    add_loss(sum(x));
    return x * 1;
  }
};
using AddsSum = Handle<AddsSumImpl>;

// One that adds in itself, in parts, and in a layer that is no part.
struct NestImpl : layers::LayerImpl {
  AddsSum inner;
  Tensor call(const Tensor& x) {
    add_loss(tensor({1.0, 2.0}));
    const Tensor y = inner(inner(x));
    return layers::ActivityRegularization({.l1 = 0.5})(y);
  }
};
using Nest = Handle<NestImpl>;

// Adds only to what is above 0.
struct AddsAtTimesImpl : layers::LayerImpl {
  bool adds = true;
  Tensor call(const Tensor& x) {
    if (adds) add_loss(sum(x));
    return x * 1;
  }
};
using AddsAtTimes = Handle<AddsAtTimesImpl>;

// A weight, whose gradient shows what the loss was.
struct ScaleImpl : layers::LayerImpl {
  Tensor factor;
  void build(const Shape&) override { factor = add_weight("factor", {}, "ones"); }
  Tensor call(const Tensor& x) {
    add_loss(factor * 3);
    return x * factor;
  }
};
using Scale = Handle<ScaleImpl>;

}  // namespace

TEST_CASE("losses() lists what the last call added, here and in the parts, then the penalties") {
  const AddsSum one;
  CHECK(one.losses().empty());
  one(full({2, 3}, 2));
  REQUIRE(one.losses().size() == 1);
  CHECK(one.losses()[0].item() == 12);
  one(full({2, 3}, 1));
  CHECK(total(one.losses()) == 6);  // those of the call before are gone

  const Nest nest;
  nest(ones({2, 2}));
  CHECK(nest.losses().size() == 4);
  CHECK(nest.losses()[0].shape() == Shape{2});
  // 1 + 2, twice the sum of the inputs, and 0.5 * 4 / 2 of the layer that was made on the way.
  CHECK(total(nest.losses()) == Approx(3 + 4 + 4 + 1));
  CHECK(total(nest->inner.losses()) == 8);
  nest->inner(ones({1, 1}));
  CHECK(total(nest->inner.losses()) == 1);

  const Sequential model{
      layers::Dense(1, {.use_bias = false, .kernel_initializer = "ones", .kernel_regularizer = "l2"}),
      layers::ActivityRegularization({.l2 = 1})};
  model(ones({4, 3}));
  CHECK(model.losses().size() == 2);
  CHECK(total(model.losses()) == Approx(9 + 0.03));
}

TEST_CASE("a call that adds none leaves none of an earlier one") {
  const AddsAtTimes layer;
  const Sequential model{layer};
  layer(ones({2, 2}));
  layer->adds = false;
  model(ones({2, 2}));
  CHECK(model.losses().empty());
  layer->adds = true;
  model(ones({2, 2}));
  CHECK(total(model.losses()) == 4);
  layer->adds = false;
  layer(ones({2, 2}));
  CHECK(model.losses().empty());
}

TEST_CASE("a layer in two places lists its losses once") {
  const AddsSum shared;
  const Sequential left({shared}), right({shared});
  const Symbol x = Input({2});
  const Model model(x, layers::Add()({left(x), right(x)}));
  model(ones({1, 2}));
  CHECK(model.losses().size() == 2);
}

TEST_CASE("activity regularizers are penalties of what is returned, divided by the size of the batch") {
  const Tensor x = tensor({{1.0, -2.0}, {3.0, 4.0}, {0.0, -1.0}, {2.0, 2.0}});
  const double l1 = 0.01 * 15 / 4;
  const auto loss_of = [&](const layers::Layer& layer) {
    layer(x);
    return total(layer.losses());
  };
  const initializers::Initializer identity = "identity";
  CHECK(loss_of(layers::Dense(2, {.kernel_initializer = identity, .activity_regularizer = "l1"})) == Approx(l1));
  CHECK(loss_of(layers::ActivityRegularization({.l1 = 0.01})) == Approx(l1));
  CHECK(loss_of(layers::EinsumDense("ab,bc->ac", 2, {.kernel_initializer = identity, .activity_regularizer = "l1"})) ==
        Approx(l1));
  const layers::Embedding embedding(3, 2, {.embeddings_initializer = "ones", .activity_regularizer = "l2"});
  embedding(tensor({{0, 1, 2}}));
  CHECK(total(embedding.losses()) == Approx(0.06));
  // Nothing of nothing.
  const layers::ActivityRegularization layer({.l1 = 1});
  layer(ones({0, 2}));
  CHECK(total(layer.losses()) == 0);
}

TEST_CASE("an activity regularizer sees what comes before the layer that would be fused") {
  const Tensor x = randn({8, 4, 3});
  const layers::BatchNormalization batch;
  const layers::Layer relu = layers::ReLU();
  const Sequential plain{batch, relu};
  plain(x);
  CHECK(batch.impl().fuses(relu.impl()));
  struct RegularizedReLUImpl : layers::LayerImpl {
    RegularizedReLUImpl() : LayerImpl({.activity_regularizer = regularizers::L1(1)}) {}
    Tensor call(const Tensor& x) { return xtape::relu(x); }
  };
  const Handle<RegularizedReLUImpl> regularized;
  const Sequential model{batch, regularized};
  const Tensor y = model(x);
  CHECK(total(model.losses()) == Approx(sum(y).item() / 8));
  CHECK(allclose(y, plain(x), 1e-5, 1e-6));
}

TEST_CASE("fit, evaluate and a loop of one's own add them to the loss") {
  const Tensor x = ones({6, 2}), y = zeros({6, 2});
  const auto make = [] {
    return Sequential{layers::InputLayer({2}), Scale(), layers::ActivityRegularization({.l1 = 0.5})};
  };
  // mean of squares, the factor times 3, half of the sum over the features
  const double expected = 1 + 3 + 1;
  const Sequential model = make();
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = "mse"});
  const auto history = model.fit(x, y, {.batch_size = 4, .verbose = 0, .validation_data = {x, y}});
  CHECK(history["loss"][0] == Approx(expected));
  CHECK(history["val_loss"][0] == Approx(expected));
  CHECK(model.evaluate(x, y, {.verbose = 0})["loss"] == Approx(expected));

  const Tensor prediction = model(x, {.training = true});
  Tensor loss = losses::MeanSquaredError()(y, prediction);
  for (const Tensor& each : model.losses()) loss = loss + sum(each);
  CHECK(loss.item() == Approx(expected));
  const std::vector<Tensor> gradients = grad(loss, model.trainable_variables());
  CHECK(gradients[0].item() == Approx(2 + 3 + 1));

  // The step that is captured adds the same.
  const Sequential captured = make();
  captured.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse", .jit_compile = true});
  const Sequential eager = make();
  eager.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
  const models::FitOptions options{.batch_size = 3, .epochs = 2, .verbose = 0, .shuffle = false};
  CHECK(captured.fit(x, y, options)["loss"] == eager.fit(x, y, options)["loss"]);
  CHECK(captured.get_weights()[0].item() == eager.get_weights()[0].item());
}

TEST_CASE("a function that is captured leaves no losses behind") {
  const Scale scale;
  scale(ones({2}));
  const Program program = capture(
      [&](const std::vector<Tensor>& inputs) {
        const Tensor y = scale(inputs[0]);
        return std::vector<Tensor>{y, scale.losses().front()};
      },
      {ones({2})});
  CHECK(program({full({2}, 5)})[1].item() == 3);
  CHECK(scale.losses().empty());
}

TEST_CASE("a checkpoint adds its losses once, and they have gradients") {
  const Scale scale;
  const Tensor x = ones({2, 2}).set_requires_grad();
  scale(x);
  const Tensor y = checkpoint([&](const Tensor& input) { return scale(input); }, x);
  REQUIRE(scale.losses().size() == 1);
  (sum(y) + scale.losses()[0]).backward();
  CHECK(scale.losses().size() == 1);
  CHECK(scale->factor.grad().item() == 4 + 3);
}

TEST_CASE("a model whose layer checkpoints trains with the losses of that layer") {
  struct CheckpointedImpl : layers::LayerImpl {
    Scale scale;
    Tensor call(const Tensor& x) {
      return checkpoint([this](const Tensor& input) { return scale(input); }, x);
    }
  };
  const Sequential model{Handle<CheckpointedImpl>()};
  model(ones({4, 2}));
  const Tensor y = model(ones({4, 2}), {.training = true});
  Tensor loss = mean(square(y));
  for (const Tensor& each : model.losses()) loss = loss + each;
  loss.backward();
  CHECK(model.losses().size() == 1);
  CHECK(model.trainable_variables()[0].grad().item() == Approx(2 + 3));
}

TEST_CASE("calls that look for shapes, and those of predict, keep no losses") {
  const AddsSum layer;
  const Symbol x = Input({3});
  const Model model(x, layer(x));
  CHECK(layer.compute_output_shape({2, 3}) == Shape{2, 3});
  CHECK(model.losses().empty());
  model.predict(ones({2, 3}), {.verbose = 0});
  CHECK(model.losses().empty());
  struct BuildsImpl : ModelImpl {
    AddsSum inner;
    Tensor call(const Tensor& input) { return inner(input); }
  };
  const Handle<BuildsImpl> builds;
  builds(ones({2, 3}));  // builds itself by a call on zeros first
  CHECK(builds.losses().size() == 1);
  CHECK(total(builds.losses()) == 6);
}

TEST_CASE("each thread has its own losses") {
  const Nest nest;
  nest(ones({1, 2}));
  const double own = total(nest.losses());
  std::vector<double> seen(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 50; ++round) {
        const Tensor x = full({1, 2}, i);
        nest(x);
        seen[static_cast<std::size_t>(i)] = total(nest.losses());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 4; ++i) CHECK(seen[static_cast<std::size_t>(i)] == Approx(3 + 2 * 2 * i + 0.5 * 2 * i));
  CHECK(total(nest.losses()) == own);
}

TEST_CASE("add_loss and activity regularizers name what is undefined") {
  struct AddsNothingImpl : layers::LayerImpl {
    AddsNothingImpl() : LayerImpl({.name = "n"}) {}
    Tensor call(const Tensor& x) {
      add_loss(Tensor());
      return x;
    }
  };
  CHECK_THROWS_MATCHES(Handle<AddsNothingImpl>()(ones({1})), ValueError, Message("n: add_loss: the loss is undefined"));
}

TEST_CASE("TimeDistributed adds what each step adds, as Keras does, whether or not it computes the steps at once") {
  const Tensor x = ones({3, 4, 3});
  const layers::Dense dense(2, {.kernel_initializer = "ones", .activity_regularizer = "l1"});
  // Each of the 4 steps adds 0.01 * 3 * 2 * 3 / 3.
  for (const Sequential& model :
       {Sequential{dense}, Sequential{dense, layers::BatchNormalization()}, Sequential{Sequential{dense}}}) {
    const layers::TimeDistributed steps(model);
    for (const bool training : {false, true}) {
      steps(x, {.training = training});
      CHECK(total(steps.losses()) == Approx(0.24));
    }
  }
  const layers::TimeDistributed nested(layers::TimeDistributed(
      Sequential{layers::Dense(2, {.kernel_initializer = "ones", .activity_regularizer = "l1"})}));
  nested(ones({3, 2, 4, 3}));
  CHECK(total(nested.losses()) == Approx(0.48));
  // Keras calls the layer itself without what is around its call.
  const layers::TimeDistributed plain(dense);
  plain(x);
  CHECK(plain.losses().empty());
  dense(ones({3, 3}));
  CHECK(total(dense.losses()) == Approx(0.06));
}

TEST_CASE("what layers add is a loss of its own, where compile is given none") {
  const Symbol x = Input({2});
  const Symbol y = Scale()(x);
  const Model added(x, y);
  added.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1})});
  // Without a loss there is nothing to compare with, and what is given all the same is left alone.
  for (const Tensor& targets : {Tensor(), ones({4, 2})}) {
    const double factor = added.get_weights()[0].item();
    const History history = added.fit(ones({4, 2}), targets, {.verbose = 0});
    CHECK(history["loss"][0] == Approx(3 * factor));
    CHECK(added.get_weights()[0].item() == Approx(factor - 0.3));
    CHECK(added.evaluate(ones({4, 2}), targets, {.verbose = 0})[0] == Approx(3 * (factor - 0.3)));
  }

  const Sequential penalized{layers::Dense(1, {.kernel_initializer = "ones", .kernel_regularizer = "l2"})};
  penalized.compile({.optimizer = "sgd"});
  CHECK(penalized.fit(ones({4, 2}), Tensor(), {.verbose = 0})["loss"][0] == Approx(0.02));

  // Some add in training alone.
  struct TrainsImpl : layers::LayerImpl {
    layers::Dense dense{1, {.kernel_initializer = "ones"}};
    Tensor call(const Tensor& x) {
      const Tensor y = dense(x);
      if (training()) add_loss(mean(y));
      return y;
    }
  };
  const Sequential trains{Handle<TrainsImpl>()};
  trains.compile({.optimizer = "sgd"});
  CHECK(trains.fit(ones({4, 2}), Tensor(), {.verbose = 0})["loss"][0] == Approx(2));
}
