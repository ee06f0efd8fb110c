#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

namespace xtape::test {
namespace {

// Keras's guide to custom steps.
struct CustomModelImpl : FunctionalImpl {
  using FunctionalImpl::FunctionalImpl;
  metrics::Mean seen{"seen"};
  callbacks::Logs train_step(const Batch& batch) override {
    const auto& [x, y, sample_weight] = batch;
    const Tensor y_pred = handle()(x, {.training = true});
    const Tensor loss = compute_loss(x, y, y_pred, sample_weight);
    const std::vector<Tensor> variables = handle().trainable_variables();
    optimizer().apply(grad(loss, variables), variables);
    seen.update_state(loss);
    for (const metrics::Metric& metric : metrics()) {
      if (metric.name() == "loss") metric.update_state(loss, {});
      if (metric.name() == "mae") metric.update_state(y, y_pred, sample_weight);
    }
    return get_metrics_result();
  }
};
using CustomModel = Handle<CustomModelImpl>;

struct Ends {
  Symbol input, output;
};

Ends mlp() {
  const Symbol input = Input({3});
  const Symbol hidden = layers::Dense(4, {.activation = "tanh", .name = "hidden"})(input);
  return {input, layers::Dense(1, {.name = "out"})(hidden)};
}

}  // namespace

TEST_CASE("a model of symbols with a step of its own trains as the plain one") {
  set_random_seed(1);
  const Tensor x = randn({10, 3}), y = randn({10, 1});
  set_random_seed(2);
  const auto [input, output] = mlp();
  const Model plain(input, output);
  set_random_seed(2);
  const auto [own_input, own_output] = mlp();
  const CustomModel custom(own_input, own_output);
  CHECK(custom.built());
  CHECK(custom.name().starts_with("custom_model"));
  CHECK(plain.name().starts_with("functional"));
  for (const Model& model : {plain, Model(custom)}) {
    model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse", .metrics = {"mae"}});
  }
  const models::FitOptions options{.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false};
  const History expected = plain.fit(x, y, options), history = custom.fit(x, y, options);
  CHECK(history["mae"] == expected["mae"]);
  const std::vector<Tensor> expected_weights = plain.get_weights(), weights = custom.get_weights();
  REQUIRE(weights.size() == expected_weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(array_equal(weights[i], expected_weights[i]));
  CHECK(array_equal(custom.predict(x, {.verbose = 0}), plain.predict(x, {.verbose = 0})));
  CHECK(custom.get_layer("hidden").output().shape() == Shape{-1, 4});
  CHECK(custom.outputs()[0].is(own_output));
}

TEST_CASE("clone_model keeps the class of a model of symbols of one's own") {
  const auto [input, output] = mlp();
  const CustomModel custom(input, output);
  const Tensor x = randn({4, 3});
  const models::CloneModelOptions options{
      .clone_function = [](const layers::Layer& layer) { return layers::clone(layer); }};
  for (const Model& copy : {models::clone_model(custom), models::clone_model(custom, options)}) {
    CHECK(copy.class_name() == "CustomModel");
    CHECK(copy.name() == custom.name());
    CHECK(copy.get_weights().size() == 4);
    copy.set_weights(custom.get_weights());
    CHECK(array_equal(copy(x), custom(x)));
    copy.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
    copy.fit(x, randn({4, 1}), {.verbose = 0});
    CHECK(implementation_of<CustomModelImpl>(copy).seen.result() > 0);
  }
  const Symbol outside = Input({3});
  const Model outer(outside, custom(outside));
  const models::CloneModelOptions inside{.clone_function = options.clone_function, .recursive = true};
  CHECK(models::clone_model(outer, inside).layers()[1].class_name() == "CustomModel");
  // One that is made of something else cannot be made again.
  struct OtherImpl : FunctionalImpl {
    explicit OtherImpl(const Ends& ends) : FunctionalImpl(ends.input, ends.output) {}
  };
  CHECK_THROWS_WITH(models::clone_model(Handle<OtherImpl>(mlp()), options),
                    Contains("clone_function is for functional and sequential models, this is a Other"));
}

TEST_CASE("a model of symbols of one's own takes names, several inputs and options") {
  const Symbol a = Input({2}, {.name = "a"}), b = Input({2}, {.name = "b"});
  const Symbol sum = a + b;
  const CustomModel model(Symbols{a, b}, Symbols{{"sum", sum}, {"product", a * b}}, {.name = "two"});
  CHECK(model.name() == "two");
  const auto [s, p] = model.call<2>({ones({1, 2}), full({1, 2}, 3)});
  CHECK(s.to_vector<float>() == std::vector<float>{4, 4});
  CHECK(p.to_vector<float>() == std::vector<float>{3, 3});
  CHECK_THROWS_AS(CustomModel(Symbols{a, a}, sum), ValueError);
}

}  // namespace xtape::test
