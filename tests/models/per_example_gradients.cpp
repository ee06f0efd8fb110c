#include <xtape/xtape.hpp>

#include "catch.hpp"

namespace xtape::test {
namespace {

using Tensors = std::vector<Tensor>;

// The gradients of batches of one sample, stacked.
Tensors loop(const Model& model, const losses::Loss& loss, const Tensor& x, const Tensor& y) {
  const Tensors variables = model.trainable_variables();
  std::vector<Tensors> parts(variables.size());
  for (int64_t i = 0; i < x.shape(0); ++i) {
    const Tensors found = grad(loss(y.slice(0, {i, i + 1}), model(x.slice(0, {i, i + 1}))), variables);
    for (std::size_t k = 0; k < found.size(); ++k) parts[k].push_back(found[k]);
  }
  Tensors stacked;
  for (const Tensors& each : parts) stacked.push_back(stack(each));
  return stacked;
}

void check_model(const Model& model, const losses::Loss& loss, const Tensor& x, const Tensor& y) {
  model(x);
  const Tensors found = models::per_example_gradients(model, loss, x, y), expected = loop(model, loss, x, y);
  const Tensors batch = grad(loss(y, model(x)), model.trainable_variables());
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("variable " << i);
    REQUIRE(found[i].shape() == expected[i].shape());
    CHECK(allclose(found[i], expected[i], 1e-4, 1e-5));
    CHECK(allclose(found[i].mean(0), batch[i], 1e-4, 1e-5));
    CHECK_FALSE(found[i].requires_grad());
    CHECK_FALSE(model.trainable_variables()[i].grad().defined());
  }
}

}  // namespace

TEST_CASE("per-example gradients are those of batches of one sample") {
  set_random_seed(1);
  const Tensor labels = randint(0, 3, {6});
  const losses::SparseCategoricalCrossentropy sparse;

  Sequential mlp{layers::Dense(7, {.activation = "relu", .input_shape = {5}}), layers::LayerNormalization(),
                 layers::Dense(3, {.activation = "softmax"})};
  check_model(mlp, sparse, randn({6, 5}), labels);

  Sequential cnn{layers::Conv2D(4, 3, {.activation = "relu", .input_shape = {8, 8, 2}}),
                 layers::MaxPooling2D(2),
                 layers::Conv2D(3, 2),
                 layers::AveragePooling2D(2),
                 layers::Flatten(),
                 layers::Dropout(0.5),
                 layers::Dense(3, {.activation = "softmax"})};
  check_model(cnn, sparse, randn({6, 8, 8, 2}), labels);

  Sequential recurrent{layers::Embedding(11, 4, {.input_shape = {5}}), layers::LSTM(3, {.return_sequences = true}),
                       layers::GRU(4), layers::Dense(1)};
  check_model(recurrent, losses::MeanSquaredError(), randint(0, 11, {6, 5}), randn({6, 1}));

  Sequential normalized{layers::Dense(4, {.input_shape = {5}}), layers::BatchNormalization(),
                        layers::Dense(1, {.activation = "sigmoid"})};
  check_model(normalized, losses::BinaryCrossentropy(), randn({6, 5}), randint(0, 2, {6, 1}));
}

TEST_CASE("in training each example has its own dropout") {
  set_random_seed(2);
  Sequential model{layers::Dropout(0.5, {.input_shape = {40}}), layers::Dense(1, {.use_bias = false})};
  const Tensor x = ones({8, 40}), y = ones({8, 1});
  model(x);
  const Tensor kept =
      models::per_example_gradients(model, losses::MeanSquaredError(), x, y, {.training = true})[0].reshape({8, 40}) !=
      0;
  CHECK_FALSE(array_equal(kept[0], kept[1]));
  Sequential normalized{layers::BatchNormalization({.input_shape = {40}}), layers::Dense(1)};
  normalized(x);
  CHECK_THROWS_AS(models::per_example_gradients(normalized, losses::MeanSquaredError(), x, y, {.training = true}),
                  AutogradError);
}

TEST_CASE("bad arguments of per-example gradients are refused") {
  Sequential model{layers::Dense(1, {.input_shape = {4}})};
  const losses::MeanSquaredError loss;
  const auto gradients = [&](const Tensor& x, const Tensor& y) { models::per_example_gradients(model, loss, x, y); };
  CHECK_THROWS_WITH(gradients(ones({3, 4}), ones({2, 1})),
                    Contains("per_example_gradients: x and y must be of one length: x [3, 4], y [2, 1]"));
  CHECK_THROWS_AS(gradients(zeros({0, 4}), zeros({0, 1})), ValueError);
  CHECK_THROWS_AS(gradients(Tensor(), ones({2, 1})), ValueError);
  CHECK_THROWS_WITH(
      models::per_example_gradients(model, losses::MeanSquaredError({.reduction = "none"}), ones({3, 4}), ones({3, 1})),
      Contains("has the reduction \"none\""));
  Sequential unbuilt{layers::Dense(1)};
  CHECK_THROWS_WITH(models::per_example_gradients(unbuilt, loss, ones({3, 4}), ones({3, 1})),
                    Contains("the model has no weights yet"));
}

}  // namespace xtape::test
