#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using layers::TimeDistributed;

namespace {

// Looks at the whole batch, and counts its calls.
struct CenterImpl : layers::LayerImpl {
  int calls = 0;
  Tensor call(const Tensor& x) {
    ++calls;
    return x - mean(x, 0);
  }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }
};
using Center = Handle<CenterImpl>;

// The layer on each step.
Tensor step_by_step(const layers::Layer& layer, const Tensor& x, bool training = false) {
  std::vector<Tensor> outputs;
  for (const Tensor& step : unstack(x, 1)) outputs.push_back(layer(step, {.training = training}));
  return stack(outputs, 1);
}

}  // namespace

TEST_CASE("TimeDistributed applies a layer to each step") {
  const Tensor x = randn({3, 5, 4});
  const layers::Dense dense(2, {.activation = "tanh"});
  const TimeDistributed layer(dense);
  CHECK(layer.layer() == dense);
  CHECK(allclose(layer(x), step_by_step(dense, x), 1e-5, 1e-6));
  CHECK(layer.compute_output_shape({-1, -1, 4}) == Shape{-1, -1, 2});
  const Tensor images = randn({2, 3, 6, 6, 1});
  const layers::Conv2D conv(2, 3);
  const TimeDistributed convolve(conv);
  CHECK(allclose(convolve(images), step_by_step(conv, images), 1e-5, 1e-6));
  CHECK(convolve.compute_output_shape({-1, 3, 6, 6, 1}) == Shape{-1, 3, 4, 4, 2});
  const Sequential model{layers::Flatten(), layers::Dense(3), layers::LayerNormalization()};
  const TimeDistributed whole(model);
  CHECK(allclose(whole(images), step_by_step(model, images), 1e-5, 1e-6));
  CHECK(whole.weights().size() == 4);
  CHECK(whole(Input({3, 6, 6, 1})).shape() == Shape{-1, 3, 3});
  CHECK(layer(ones({0, 5, 4})).shape() == Shape{0, 5, 2});
}

TEST_CASE("what looks at a whole batch sees one step at a time") {
  const Tensor x = randn({8, 3, 2}) * 2 + 1;
  const Center center;
  CHECK(allclose(TimeDistributed(center)(x), x - mean(x, 0), 1e-5, 1e-6));
  CHECK(center->calls == 3);
  // Statistics of each step, and moving ones that move once a step.
  const layers::BatchNormalization normal({.momentum = 0.5}), expected({.momentum = 0.5});
  const TimeDistributed layer(normal);
  CHECK(allclose(layer(x, {.training = true}), step_by_step(expected, x, true), 1e-5, 1e-6));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(allclose(normal.get_weights()[i], expected.get_weights()[i], 1e-6, 1e-6));
  }
  CHECK(allclose(layer(x), step_by_step(expected, x), 1e-5, 1e-6));
  const Sequential model{layers::Dense(3), layers::BatchNormalization()};
  const Tensor y = TimeDistributed(model)(x, {.training = true});
  CHECK(allclose(mean(y, 0), zeros({3, 3}), 1e-4, 1e-4));
  // States go on from step to step.
  const Tensor sequences = randn({2, 3, 4, 2});
  const layers::GRU stateful(3, {.stateful = true});
  const Tensor walked = TimeDistributed(stateful)(sequences);
  stateful.reset_state();
  CHECK(allclose(walked, step_by_step(stateful, sequences), 1e-5, 1e-6));
}

TEST_CASE("TimeDistributed gives the layer the mask of each step, and passes on which steps there are") {
  const Tensor x = randn({2, 3, 4, 2});
  const Tensor mask = rand({2, 3, 4}) > 0.4;
  const layers::LSTM lstm(3);
  const TimeDistributed layer(lstm);
  const Tensor y = layer(with_mask(x, mask));
  for (int64_t t = 0; t < 3; ++t) {
    CHECK(allclose(y.select(1, t), lstm(with_mask(x.select(1, t), mask.select(1, t))), 1e-5, 1e-6));
  }
  CHECK(array_equal(mask_of(y), any(mask, -1)));
  const Tensor steps = tensor({{true, true, false}, {true, false, false}});
  const Tensor z = TimeDistributed(layers::Dense(2))(with_mask(randn({2, 3, 4}), steps));
  CHECK(array_equal(mask_of(z), steps));
  // A mask of samples, for a layer of sequences, says nothing.
  CHECK(array_equal(layer(with_mask(x, steps)), layer(x)));
}

TEST_CASE("TimeDistributed is written and read, and trains as a part") {
  const Sequential model{TimeDistributed(layers::Dense(3), {.name = "steps"}), layers::GRU(2)};
  const Tensor x = randn({4, 5, 2});
  const Tensor y = model(x);
  CHECK(model.weights()[0].path.starts_with(model.name() + "/steps/dense"));
  const layers::Layer copy = layers::deserialize(parse_json(to_json(layers::serialize(model))));
  copy.build(x.shape());
  copy.set_weights(model.get_weights());
  CHECK(array_equal(copy(x), y));
  CHECK(model.trainable_weights().size() == 5);
  CHECK_THROWS_WITH(TimeDistributed::from_config(parse_json(R"({"leyer": null})")),
                    Contains("unknown option of TimeDistributed \"leyer\"; the nearest known names are \"layer\""));
}

TEST_CASE("TimeDistributed leaves the types of inputs to its layer") {
  const Sequential model{layers::Dense(1, {.kernel_initializer = "ones", .dtype = float64})};
  const Tensor x = full({1, 1, 1}, 0.1, float64);
  CHECK(TimeDistributed(model)(x).item() == 0.1);
  // Above 2^24 float32 has not every whole number.
  const layers::Embedding table(16777220, 1);
  const Tensor index = full({1, 1, 1}, 16777217.0, float64);
  CHECK(array_equal(TimeDistributed(table)(index).flatten(), table(index.reshape({1, 1})).flatten()));
  Config config = TimeDistributed(model).get_config();
  config.set("dtype", "float64");
  CHECK(TimeDistributed::from_config(config).class_name() == "TimeDistributed");
}

TEST_CASE("TimeDistributed refuses what does not fit, with the shapes that it was given") {
  const TimeDistributed layer(layers::Dense(2, {.name = "d"}), {.name = "t"});
  CHECK_THROWS_MATCHES(layer(ones({2, 3})), ShapeError,
                       Message("t: expected inputs [batch, time, ...] of at least 3 dimensions, given [2, 3]; "
                               "is return_sequences missing in the layer before?"));
  layer(ones({2, 3, 4}));
  CHECK_THROWS_WITH(layer(ones({2, 3, 5})), Contains("t/d: built for inputs whose last length is 4") &&
                                                Contains("(of steps of inputs [2, 3, 5])"));
  CHECK_THROWS_AS(layer(ones({2, 3})), ShapeError);
  CHECK_THROWS_MATCHES(layer(ones({2, 0, 4})), ShapeError, Message("t: expected at least 1 step, given [2, 0, 4]"));
}
