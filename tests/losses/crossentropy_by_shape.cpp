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

TEST_CASE("a model trains with crossentropy and remembers the name") {
  const Sequential model{layers::Dense(3, {.activation = "softmax", .input_shape = {2}})};
  model.compile({.loss = "crossentropy", .metrics = {"accuracy"}});
  const Tensor x = rand({6, 2}), y = tensor({0, 1, 2, 0, 1, 2});
  const double expected = losses::SparseCategoricalCrossentropy()(y, model.predict(x, {.verbose = 0})).item();
  CHECK(model.evaluate(x, y, {.verbose = 0})[0] == Approx(expected));
  CHECK(model.get_compile_config().at("loss") == Config("crossentropy"));
  CHECK_THROWS_WITH(model.fit(x, tensor({0, 1, 2, 0, 1, 3}), {.verbose = 0}), Contains("label 3 at position 5"));
}
