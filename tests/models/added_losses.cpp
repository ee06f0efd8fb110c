#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Models whose layers add their losses, and what compile then need not say.

using namespace xtape;

namespace {

// Takes targets and logits, adds their cross-entropy, and gives probabilities.
struct EndpointImpl : layers::LayerImpl {
  losses::BinaryCrossentropy loss{{.from_logits = true}};
  Tensor call(const Tensor& targets, const Tensor& logits) {
    add_loss(loss(targets, logits));
    return softmax(logits);
  }
};
using Endpoint = Handle<EndpointImpl>;

Model with_endpoint() {
  const Symbol inputs = Input({3}, {.name = "inputs"}), targets = Input({4}, {.name = "targets"});
  const Symbol logits = layers::Dense(4, {.kernel_initializer = "ones"})(inputs);
  return Model({inputs, targets}, Endpoint()(targets, logits));
}

}  // namespace

TEST_CASE("a model whose layer adds a loss is trained without one of compile, and without y") {
  const Model model = with_endpoint();
  model.compile({.optimizer = "adam"});
  const Tensor x = rand({10, 3}), targets = one_hot(tensor({0, 1, 2, 3, 0, 1, 2, 3, 0, 1}), 4);
  const double expected = losses::BinaryCrossentropy({.from_logits = true})(targets, x.matmul(ones({3, 4}))).item();
  CHECK(model.evaluate({{"inputs", x}, {"targets", targets}}, {}, {.verbose = 0})["loss"] == Approx(expected));
  const History history = model.fit({x, targets}, {}, {.epochs = 30, .verbose = 0, .shuffle = false});
  CHECK(history["loss"][0] == Approx(expected));
  CHECK(history["loss"].back() < expected);
  CHECK(model.train_on_batch({x, targets}, {}).size() == 1);
}

TEST_CASE("penalties of weights are a loss too") {
  const Sequential model{layers::Dense(
      1, {.use_bias = false, .kernel_initializer = "ones", .kernel_regularizer = "l2", .input_shape = {2}})};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1})});
  CHECK(model.fit(ones({4, 2}), {}, {.verbose = 0})["loss"][0] == Approx(0.02));
}

TEST_CASE("a model without any loss is refused by fit, before anything changes") {
  const Sequential model({layers::Dense(1, {.input_shape = {2}})}, {.name = "m"});
  model.compile({.optimizer = "adam", .metrics = {"mae"}});
  const Tensor x = ones({4, 2}), y = ones({4, 1});
  const char* message = "the model was compiled without a loss, and no layer adds one; give compile a loss";
  CHECK_THROWS_WITH(model.fit(x, y, {.verbose = 0}), Contains("m: fit: ") && Contains(message));
  CHECK_THROWS_WITH(model.evaluate(x, y, {.verbose = 0}), Contains("m: evaluate: ") && Contains(message));
  CHECK_THROWS_WITH(model.fit(x, {}, {.verbose = 0}), Contains("m: fit: x and y must be defined"));
  CHECK(model.optimizer().iterations() == 0);
  CHECK(model.predict(x, {.verbose = 0}).shape() == Shape{4, 1});
}

TEST_CASE("targets may be those of the outputs with a loss alone") {
  const Symbol x = Input({2});
  const Model model(
      x, {layers::Dense(1, {.name = "price"})(x), layers::Dense(3, {.activation = "softmax", .name = "kind"})(x)});
  model.compile(
      {.optimizer = optimizers::SGD({.learning_rate = 1e-30}), .loss = {nullptr, "sparse_categorical_crossentropy"}});
  const Tensor data = rand({6, 2}), kind = tensor({0, 1, 2, 0, 1, 2});
  const double expected = model.evaluate(data, {Tensor(), kind}, {.verbose = 0})["loss"];
  CHECK(model.evaluate(data, kind, {.verbose = 0})["loss"] == Approx(expected));
  CHECK(model.fit(data, {kind}, {.verbose = 0, .validation_data = {data, kind}})["val_loss"][0] == Approx(expected));
}
