#include <string>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("crossentropy is the one that the shapes go with, as in Keras's compile") {
  const Tensor two = tensor({{0.25, 0.75}, {0.5, 0.5}}), one = tensor({{0.25}, {0.5}});
  for (const std::string name : {"crossentropy", "ce", "CrossEntropy"}) {
    const losses::Loss loss = name;
    CHECK(loss.name() == name);
    const Tensor labels = tensor({1, 0});
    const double sparse = losses::SparseCategoricalCrossentropy()(labels, two).item();
    CHECK(loss(labels, two).item() == sparse);
    CHECK(loss(labels.expand_dims(-1), two).item() == sparse);
    CHECK(loss(one_hot(labels, 2), two).item() == losses::CategoricalCrossentropy()(one_hot(labels, 2), two).item());
    CHECK(loss(labels, one).item() == losses::BinaryCrossentropy()(labels, one).item());
    CHECK(losses::serialize(loss) == Config(name));
    CHECK(losses::deserialize(Config(name)).name() == name);
  }
  CHECK_THROWS_AS(losses::Loss("ce").check_targets(tensor({0, 2}), {2, 2}), IndexError);
}

TEST_CASE("crossentropy goes by the shapes that are given, before an axis of length 1 is left out") {
  const losses::Loss loss = "crossentropy";
  const auto same = [&](const losses::Loss& fitting, const Tensor& y_true, const Tensor& y_pred, const Tensor& weight) {
    CHECK(loss(y_true, y_pred, weight).item() == fitting(y_true, y_pred, weight).item());
  };
  const Tensor weight = rand({4});
  for (const Shape& inner : {Shape{5}, Shape{3, 2}, Shape{2, 2, 2}, Shape{1}}) {
    Shape given{4};
    for (const int64_t length : inner) given.push_back(length);
    Shape longer = given;
    longer.push_back(1);
    const Tensor targets = (rand(given) > 0.5).astype(float32), predictions = rand(longer);
    same(losses::BinaryCrossentropy(), targets, predictions, {});
    same(losses::BinaryCrossentropy(), targets.expand_dims(-1), predictions, weight);
    same(losses::BinaryCrossentropy(), targets, predictions, weight);
    longer.back() = 3;
    const Tensor classes = softmax(randn(longer)), labels = randint(0, 3, given);
    same(losses::SparseCategoricalCrossentropy(), labels, classes, weight);
    same(losses::SparseCategoricalCrossentropy(), labels.expand_dims(-1), classes, {});
    same(losses::CategoricalCrossentropy(), one_hot(labels, 3), classes, weight);
  }
  const Tensor masked = with_mask(rand({2, 3, 1}), tensor({{true, true, false}, {true, false, false}}));
  same(losses::BinaryCrossentropy(), ones({2, 3, 1}), masked, {});
  CHECK_THROWS_MATCHES(loss(ones({2, 3}), masked), ShapeError,
                       Message("binary_crossentropy: the predictions [2, 3, 1] have a mask [2, 3], which does not fit "
                               "values of shape [2] for targets [2, 3]; give targets [2, 3, 1]"));
  const auto function = [&](const std::vector<Tensor>& x) {
    return std::vector<Tensor>{loss(ones({2, 3}), sigmoid(x[0]))};
  };
  CHECK(gradcheck(function, {randn({2, 3, 1}, float64).set_requires_grad()}));
}

TEST_CASE("a model trains on binary targets of steps with crossentropy") {
  const Sequential model{layers::Dense(1, {.activation = "sigmoid", .input_shape = {5, 3}})};
  const Tensor x = rand({8, 5, 3}), y = (rand({8, 5}) > 0.5).astype(float32);
  const auto loss_of = [&](const std::string& loss) {
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = loss});
    return model.fit(x, y, {.batch_size = 3, .verbose = 0})["loss"][0];
  };
  CHECK(loss_of("crossentropy") == Approx(loss_of("binary_crossentropy")));
}

TEST_CASE("a model trains with crossentropy and remembers the name") {
  const Sequential model{layers::Dense(3, {.activation = "softmax", .input_shape = {2}})};
  model.compile({.loss = "crossentropy", .metrics = {"accuracy"}});
  const Tensor x = rand({6, 2}), y = tensor({0, 1, 2, 0, 1, 2});
  const double expected = losses::SparseCategoricalCrossentropy()(y, model.predict(x, {.verbose = 0})).item();
  CHECK(model.evaluate(x, y, {.verbose = 0})[0] == Approx(expected));
  CHECK(model.get_compile_config().at("loss") == Config("crossentropy"));
  CHECK_THROWS_WITH(model.fit(x, tensor({0, 1, 2, 0, 1, 3}), {.verbose = 0}), Contains("label 3 at position 5"));
}
