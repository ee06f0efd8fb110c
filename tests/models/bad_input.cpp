#include <limits>
#include <memory>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

// A compiled classifier, and everything about it that a refused call must leave as it was.
struct Compiled {
  Sequential model{layers::Dense(4, {.activation = "relu", .input_shape = {2}}), layers::Dropout(0.5),
                   layers::Dense(3, {.activation = "softmax"})};
  Tensor x = randn({20, 2});
  Tensor labels = randint(0, 3, {20});

  Compiled() {
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    model.fit(x, labels, {.verbose = 0});
    weights_ = model.get_weights();
    iterations_ = model.optimizer().iterations();
    random_ = get_random_state();
  }

  template <class Exception, class Call>
  void refuses(const std::string& message, const Call& call) {
    INFO(message);
    CHECK_THROWS_AS(call(), Exception);
    CHECK_THROWS_WITH(call(), Contains(message));
    const std::vector<Tensor> after = model.get_weights();
    for (std::size_t i = 0; i < after.size(); ++i) CHECK(array_equal(after[i], weights_[i]));
    for (const Tensor& variable : model.trainable_variables()) CHECK_FALSE(variable.grad().defined());
    CHECK(model.optimizer().iterations() == iterations_);
    CHECK(model.optimizer().name() == "adam");
    CHECK(get_random_state().offset == random_.offset);
  }

 private:
  std::vector<Tensor> weights_;
  int64_t iterations_ = 0;
  RandomState random_;
};

}  // namespace

TEST_CASE("fit, evaluate and predict before compile or build are refused") {
  Sequential model({layers::Dense(3, {.input_shape = {2}})}, {.name = "m"});
  CHECK_THROWS_MATCHES(model.fit(ones({2, 2}), ones({2, 3})), ValueError,
                       Message("m: fit: the model is not compiled; call compile first"));
  CHECK_THROWS_MATCHES(model.evaluate(ones({2, 2}), ones({2, 3})), ValueError,
                       Message("m: evaluate: the model is not compiled; call compile first"));
  CHECK_THROWS_MATCHES(model.compile({.optimizer = nullptr, .loss = "mse"}), ValueError,
                       Message("m: compile: an optimizer is required"));
  CHECK_THROWS_WITH(model.fit(ones({2, 2}), ones({2, 3})), Contains("not compiled"));
}

TEST_CASE("training and evaluation without any loss are refused") {
  const Sequential model({layers::Dense(3, {.input_shape = {2}})}, {.name = "m"});
  const Tensor before = model.get_weights()[0];
  model.compile({.optimizer = "adam", .metrics = {"mae"}});
  const std::string no_loss = "the model was compiled without a loss, and no layer adds one";
  CHECK_THROWS_WITH(model.fit(ones({2, 2}), ones({2, 3}), {.verbose = 0}), Contains("m: fit: " + no_loss));
  CHECK_THROWS_WITH(model.train_on_batch(ones({2, 2}), ones({2, 3})), Contains(no_loss));
  CHECK_THROWS_WITH(model.evaluate(ones({2, 2}), ones({2, 3}), {.verbose = 0}), Contains("m: evaluate: " + no_loss));
  CHECK_THROWS_WITH(model.fit(ones({2, 2}), Tensor(), {.verbose = 0}), Contains("m: fit: x and y must be defined"));
  CHECK(array_equal(model.get_weights()[0], before));
  CHECK(model.predict(ones({2, 2}), {.verbose = 0}).shape() == Shape{2, 3});
}

TEST_CASE("data that do not fit change nothing") {
  Compiled it;
  it.refuses<ValueError>("fit: x and y have different lengths: x [20, 2], y [19]", [&] {
    it.model.fit(it.x, it.labels.slice(0, {0, 19}));
  });
  it.refuses<ValueError>("evaluate: x and y have different lengths: x [19, 2], y [20]", [&] {
    it.model.evaluate(it.x.slice(0, {0, 19}), it.labels);
  });
  it.refuses<ValueError>("fit: there are no samples: x [0, 2]", [&] { it.model.fit(zeros({0, 2}), zeros({0})); });
  it.refuses<ValueError>("there are no samples", [&] { it.model.predict(zeros({0, 2})); });
  it.refuses<ShapeError>(": built for inputs whose last length is 2 [-1, 2], given [1, 1]", [&] {
    it.model.fit(it.x.slice(1, {0, 1}), it.labels);
  });
  it.refuses<ShapeError>("built for inputs of 2 dimensions [-1, 2], given [1, 1, 2]",
                         [&] { it.model.fit(it.x.expand_dims(1), it.labels); });
  it.refuses<ValueError>("fit: validation_data: x and y have different lengths", [&] {
    it.model.fit(it.x, it.labels, {.validation_data = {it.x, it.labels.slice(0, {0, 1})}});
  });
}

TEST_CASE("errors of fit say which data they mean, and their shapes") {
  Compiled it;
  const auto validate = [&](const Tensor& x, const Tensor& y) {
    return [&it, x, y] { it.model.fit(it.x, it.labels, {.verbose = 0, .validation_data = {x, y}}); };
  };
  const std::string name = it.model.name();
  it.refuses<IndexError>(
      name +
          ": fit: validation_data: sparse_categorical_crossentropy: label 9 at position 0 is outside "
          "[0, 3) (x [20, 2], y [20])",
      validate(it.x, full({20}, 9, int64)));
  it.refuses<ShapeError>(name +
                             ": fit: validation_data: sparse_categorical_crossentropy: expected labels of shape [20] "
                             "for predictions [20, 3], given [20, 3]",
                         validate(it.x, ones({20, 3})));
  it.refuses<ShapeError>(
      "fit: validation_data: built for inputs whose last length is 2 [-1, 2], given [1, 5] (tried on "
      "one sample of x [20, 5], y [20])",
      validate(ones({20, 5}), it.labels));
  it.refuses<ValueError>("fit: validation_data: x and y must be defined", validate(Tensor(), it.labels));
  it.refuses<ValueError>("fit: validation_data: x and y must be defined", validate(it.x, Tensor()));
  Tensor last = it.labels.clone();
  last.slice(0, {19}).fill(3);
  it.refuses<IndexError>(name +
                             ": fit: validation_split: sparse_categorical_crossentropy: label 3 at position 9 is "
                             "outside [0, 3) (x [10, 2], y [10])",
                         [&] { it.model.fit(it.x, last, {.verbose = 0, .validation_split = 0.5}); });
  it.refuses<IndexError>(name + ": evaluate: sparse_categorical_crossentropy: label 3 at position 19",
                         [&] { it.model.evaluate(it.x, last, {.verbose = 0}); });

  Sequential model({layers::Dense(1, {.input_shape = {3}})}, {.name = "m"});
  model.compile({.loss = "mse"});
  CHECK_THROWS_MATCHES(
      model.fit(rand({7, 3}), rand({7, 2}), {.verbose = 0}), ShapeError,
      Message("m: fit: mean_squared_error: shapes differ: y_true [7, 2], y_pred [7, 1]; for targets of 2 columns "
              "end the model with Dense(2) (x [7, 3], y [7, 2])"));
  model.compile({.loss = losses::LossFunction("own", [](const Tensor& a, const Tensor&) { return a + ones({5}); })});
  CHECK_THROWS_MATCHES(
      model.fit(rand({7, 3}), rand({7, 2}), {.verbose = 0}), ShapeError,
      Message("m: fit: add: shapes do not broadcast: [1, 2] and [5] (tried on one sample of x [7, 3], y "
              "[7, 2])"));
}

TEST_CASE("targets that a loss does not take are refused before the first step") {
  Sequential model({layers::Dense(1, {.activation = "sigmoid", .input_shape = {2}})}, {.name = "m"});
  const Tensor x = rand({64, 2}), weights = model.get_weights()[0];
  model.compile({.loss = "binary_crossentropy", .metrics = {"accuracy"}});
  CHECK_THROWS_AS(model.fit(x, full({64, 1}, 3), {.verbose = 0}), ValueError);
  CHECK_THROWS_AS(model.fit(x, full({64, 1}, -1), {.verbose = 0}), ValueError);
  CHECK_THROWS_AS(model.evaluate(x, full({64, 1}, 3), {.verbose = 0}), ValueError);
  model.compile({.loss = "categorical_crossentropy"});
  CHECK_THROWS_WITH(model.fit(x, zeros({64}), {.verbose = 0}),
                    Contains("predictions [64, 1] have a single class") && Contains("use binary_crossentropy"));
  CHECK(array_equal(model.get_weights()[0], weights));
}

TEST_CASE("what is not there is refused where it is given") {
  Compiled it;
  it.refuses<ValueError>("fit: a callback must not be null",
                         [&] { it.model.fit(it.x, it.labels, {.verbose = 0, .callbacks = {nullptr}}); });
  it.refuses<ValueError>("compile: an optimizer is required",
                         [&] { it.model.compile({.optimizer = nullptr, .loss = "mse"}); });
  it.refuses<ValueError>("compile: a metric must not be null",
                         [&] { it.model.compile({.loss = "mse", .metrics = {nullptr}}); });
  it.refuses<ValueError>("predict: x must be defined", [&] { it.model.predict(Tensor()); });
  it.refuses<ValueError>("fit: x and y must be defined", [&] { it.model.fit(it.x, Tensor()); });
  struct Early : callbacks::CallbackImpl {
    void stop() { model().set_stop_training(true); }
  } early;
  CHECK_THROWS_MATCHES(early.stop(), ValueError, Message("callback: there is no model before fit"));
  CHECK_THROWS_AS(*losses::Loss(), ValueError);
}

TEST_CASE("compile refuses what fit could not use") {
  Compiled it;
  it.refuses<ValueError>(
      "compile: the loss mean_squared_error has the reduction \"none\", and training needs one number",
      [&] { it.model.compile({.loss = losses::MeanSquaredError({.reduction = "none"})}); });
  const metrics::MeanSquaredError metric;
  it.refuses<ValueError>("compile: the metric mean_squared_error is given twice", [&] {
    it.model.compile({.loss = "mse", .metrics = {metric, metric}});
  });
}

TEST_CASE("layers that do not fit are refused where they are added") {
  Sequential model({layers::InputLayer({3, 3, 1}), layers::MaxPooling2D(2)}, {.name = "m"});
  CHECK_THROWS_WITH(
      model.add(layers::MaxPooling2D(2, {.name = "p"})),
      "m/p: a window (2, 2) does not fit into inputs [-1, 1, 1, 1]; use padding \"same\" or fewer layers that "
      "shrink the image");
  CHECK_THROWS_AS(model.add(layers::AveragePooling2D({1, 2})), ShapeError);
  CHECK_THROWS_AS(model.add(layers::Conv2D(1, {2, 1})), ShapeError);
  CHECK_THROWS_AS(model.add(layers::DepthwiseConv2D({2, 2})), ShapeError);
  model.add(layers::MaxPooling2D(2, {.padding = "same"}));
  CHECK_THROWS_WITH(Sequential({layers::InputLayer({-1, -1, 1}), layers::Flatten(), layers::Dense(2, {.name = "d"})}),
                    Contains("/d: the last length of the inputs must be known, given [-1, -1]"));
  model.add(layers::Dense(1, {.name = "d"}));
  CHECK_THROWS_WITH(model.add(layers::Dense(1, {.name = "d"})), Contains("m: there is a layer \"d\" already"));
  CHECK_THROWS_WITH(layers::LayerNormalization({.axis = {1, -2}, .name = "n"})(ones({2, 3, 4})),
                    "n: axis -2 of inputs [2, 3, 4] is given twice");
}

TEST_CASE("labels outside the classes change nothing, wherever they lie") {
  Compiled it;
  Tensor high = it.labels.clone(), negative = it.labels.clone();
  high.slice(0, {19}).fill(3);
  negative.slice(0, {19}).fill(-1);
  const std::string outside = "sparse_categorical_crossentropy: label ";
  it.refuses<IndexError>(outside + "3 at position 19 is outside [0, 3)",
                         [&] { it.model.fit(it.x, high, {.batch_size = 4}); });
  it.refuses<IndexError>(outside + "-1 at position 19 is outside [0, 3)",
                         [&] { it.model.fit(it.x, negative, {.batch_size = 4}); });
  it.refuses<IndexError>(outside + "3 at position 19 is outside [0, 3)", [&] { it.model.evaluate(it.x, high); });
  it.refuses<IndexError>(outside + "3 at position 19 is outside [0, 3)", [&] {
    it.model.fit(it.x, it.labels, {.validation_data = {it.x, high}});
  });
}

TEST_CASE("options out of range change nothing") {
  Compiled it;
  const auto fit = [&](models::FitOptions options) {
    return [&it, options] { it.model.fit(it.x, it.labels, options); };
  };
  it.refuses<ValueError>("fit: batch_size must be at least 1, given 0", fit({.batch_size = 0}));
  it.refuses<ValueError>("fit: epochs must be at least 1, given 0", fit({.epochs = 0}));
  it.refuses<ValueError>("fit: epochs must be at least 1, given -2", fit({.epochs = -2}));
  it.refuses<ValueError>("fit: verbose must be 0, 1 or 2, given 3", fit({.verbose = 3}));
  it.refuses<ValueError>("fit: validation_split must lie in [0, 1), given 1", fit({.validation_split = 1}));
  it.refuses<ValueError>("fit: validation_split must lie in [0, 1), given -0.1", fit({.validation_split = -0.1}));
  it.refuses<ValueError>("fit: validation_split must lie in [0, 1), given nan",
                         fit({.validation_split = std::numeric_limits<double>::quiet_NaN()}));
  it.refuses<ValueError>("leaves none to train on", fit({.validation_split = 0.99}));
  it.refuses<ValueError>("batch_size must be at least 1, given 0",
                         [&] { it.model.evaluate(it.x, it.labels, {.batch_size = 0}); });
  it.refuses<ValueError>("batch_size must be at least 1, given -1",
                         [&] { it.model.predict(it.x, {.batch_size = -1}); });
  it.refuses<ValueError>("adam: learning_rate must be positive and finite, given nan",
                         [&] { it.model.optimizer().set_learning_rate(std::numeric_limits<double>::quiet_NaN()); });
  CHECK(it.model.optimizer().learning_rate() == Approx(0.001));
}

TEST_CASE("unknown names leave the model compiled as it was") {
  Compiled it;
  it.refuses<ValueError>("unknown optimizer \"sdg\"; the nearest known names are \"sgd\"",
                         [&] { it.model.compile({.optimizer = "sdg", .loss = "mse"}); });
  it.refuses<ValueError>("unknown loss \"msee\"; the nearest known names are \"mse\"",
                         [&] { it.model.compile({.optimizer = "sgd", .loss = "msee"}); });
  it.refuses<ValueError>("unknown metric \"acuracy\"; the nearest known names are \"accuracy\"",
                         [&] { it.model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"acuracy"}}); });
  it.refuses<ValueError>("unknown activation \"rellu\"; the nearest known names are \"relu\"",
                         [&] { it.model.add(layers::Dense(3, {.activation = "rellu"})); });
  it.refuses<ValueError>("unknown initializer \"zeroes\"; the nearest known names are \"zeros\"",
                         [&] { it.model.add(layers::Dense(3, {.kernel_initializer = "zeroes"})); });
  CHECK(it.model.layers().size() == 3);
}

TEST_CASE("a metric that does not take the labels is found before the first step") {
  Sequential model{layers::Dense(3, {.activation = "softmax", .input_shape = {2}})};
  model.compile({.loss = "sparse_categorical_crossentropy", .metrics = {"categorical_accuracy"}});
  const std::vector<Tensor> weights = model.get_weights();
  CHECK_THROWS_AS(model.fit(ones({4, 2}), tensor({0, 1, 2, 0})), ShapeError);
  CHECK(array_equal(model.get_weights()[0], weights[0]));
  CHECK(model.optimizer().iterations() == 0);
}

TEST_CASE("a batch larger than any set is the whole set") {
  constexpr int64_t all = std::numeric_limits<int64_t>::max();
  Compiled compiled;
  const int64_t before = compiled.model.optimizer().iterations();
  compiled.model.fit(compiled.x, compiled.labels, {.batch_size = all, .verbose = 0});
  CHECK(compiled.model.optimizer().iterations() == before + 1);
  CHECK(array_equal(compiled.model.predict(compiled.x, {.batch_size = all}), compiled.model.predict(compiled.x)));
  CHECK(compiled.model.evaluate(compiled.x, compiled.labels, {.batch_size = all, .verbose = 0})["loss"] > 0);
}

TEST_CASE("predict refuses a model that gives another number of rows than it was given") {
  struct FirstImpl : ModelImpl {
    Tensor call(const Tensor& x) { return x.slice(0, {0, 1}); }
  };
  const Handle<FirstImpl> first;
  CHECK_THROWS_WITH(first.predict(ones({70, 3})),
                    Contains("predict: the model gave [1, 3] for a batch of 32 samples; the first axis must be that of "
                             "the samples"));
}

namespace {

// Gives one number for a whole batch, or nothing.
struct WholeImpl : ModelImpl {
  explicit WholeImpl(bool number) : ModelImpl({.name = "whole"}), gives_number(number) {}
  Tensor call(const Tensor& x) { return gives_number ? x.sum() : Tensor(); }
  bool gives_number;
};
using Whole = Handle<WholeImpl>;

}  // namespace

TEST_CASE("a model gives an output for each sample, in one batch as in several") {
  Whole model(true);
  for (const int64_t batch_size : {2, 32}) {
    CHECK_THROWS_AS(model.predict(ones({4, 3}), {.batch_size = batch_size, .verbose = 0}), ShapeError);
  }
  CHECK_THROWS_MATCHES(
      model.predict(ones({4, 3}), {.verbose = 0}), ShapeError,
      Message("whole: predict: the model gave [] for a batch of 4 samples; the first axis must be that "
              "of the samples"));
  Whole nothing(false);
  nothing.compile({.loss = "mse"});
  CHECK_THROWS_MATCHES(nothing.evaluate(ones({4, 3}), ones({4, 1}), {.verbose = 0}), ValueError,
                       Message("whole: evaluate: call returned an undefined tensor (tried on one sample of x [4, 3], y "
                               "[4, 1])"));
  Sequential dense{layers::Dense(1, {.input_shape = {3}})};
  dense.compile({.loss = losses::LossFunction("own", [](const Tensor&, const Tensor&) { return Tensor(); })});
  CHECK_THROWS_WITH(dense.fit(ones({4, 3}), ones({4, 1}), {.verbose = 0}),
                    Contains("fit: own: call returned an undefined tensor"));
}

TEST_CASE("options outside their range are refused") {
  Compiled it;
  const auto fit = [&](const models::FitOptions& options) {
    return [&it, options] { it.model.fit(it.x, it.labels, options); };
  };
  const auto least = [](const char* option, int least) {
    return "fit: " + std::string(option) + " must be at least " + std::to_string(least) + ", given ";
  };
  it.refuses<ValueError>(least("batch_size", 1), fit({.batch_size = 0}));
  it.refuses<ValueError>(least("epochs", 1), fit({.epochs = 0}));
  it.refuses<ValueError>("fit: verbose must be 0, 1 or 2, given 3", fit({.verbose = 3}));
  it.refuses<ValueError>("fit: a callback must not be null", fit({.callbacks = {Callback()}}));
  it.refuses<ValueError>(least("initial_epoch", 0), fit({.initial_epoch = -1}));
  it.refuses<ValueError>("fit: initial_epoch 2 leaves nothing to do before epochs 2",
                         fit({.epochs = 2, .initial_epoch = 2}));
  it.refuses<ValueError>(least("steps_per_epoch", 1), fit({.steps_per_epoch = 0}));
  it.refuses<ValueError>(least("validation_steps", 1), fit({.validation_steps = 0}));
  it.refuses<ValueError>(least("validation_batch_size", 1), fit({.validation_batch_size = -2}));
  it.refuses<ValueError>(least("validation_freq", 1), fit({.validation_freq = 0}));
  it.refuses<ValueError>(least("validation_freq", 1), fit({.validation_freq = {2, 0}}));
  it.refuses<ValueError>("fit: class_weight: classes count from 0, given -1", fit({.class_weight = {{-1, 1}}}));
  it.refuses<ValueError>("fit: class_weight: a weight must be finite and not negative, given -2",
                         fit({.class_weight = {{1, -2}}}));
  it.refuses<ValueError>("evaluate: steps must be at least 1, given 0",
                         [&] { it.model.evaluate(it.x, it.labels, {.steps = 0}); });
  it.refuses<ValueError>("evaluate: verbose must be 0, 1 or 2, given 7",
                         [&] { it.model.evaluate(it.x, it.labels, {.verbose = 7}); });
  it.refuses<ValueError>("evaluate: a callback must not be null",
                         [&] { it.model.evaluate(it.x, it.labels, {.callbacks = {nullptr}}); });
  it.refuses<ValueError>("predict: steps must be at least 1, given 0", [&] { it.model.predict(it.x, {.steps = 0}); });
  it.refuses<ValueError>("predict: verbose must be 0, 1 or 2, given -1",
                         [&] { it.model.predict(it.x, {.verbose = -1}); });
  it.refuses<ValueError>("predict: a callback must not be null",
                         [&] { it.model.predict(it.x, {.callbacks = {nullptr}}); });
  it.refuses<ValueError>("compile: steps_per_execution must be at least 1, given 0",
                         [&] { it.model.compile({.loss = "mse", .steps_per_execution = 0}); });
  it.refuses<ValueError>("compile: loss_weights must be",
                         [&] { it.model.compile({.loss = "mse", .loss_weights = {std::nan("")}}); });
}

TEST_CASE("weights that do not fit are refused") {
  Compiled it;
  it.refuses<ValueError>("fit: x and sample_weight have different lengths: x [20, 2], y [20], sample_weight [19]",
                         [&] { it.model.fit(it.x, it.labels, {.sample_weight = ones({19})}); });
  it.refuses<ValueError>(
      "fit: validation_data: x and sample_weight have different lengths: x [20, 2], y [20], sample_weight [3]", [&] {
        it.model.fit(it.x, it.labels, {.validation_data = {it.x, it.labels, ones({3})}});
      });
  it.refuses<ValueError>("evaluate: x and sample_weight have different lengths",
                         [&] { it.model.evaluate(it.x, it.labels, {.sample_weight = ones({19})}); });
  it.refuses<ValueError>("fit: class_weight and sample_weight are both given", [&] {
    it.model.fit(it.x, it.labels, {.class_weight = {{0, 2}}, .sample_weight = ones({20})});
  });
  it.refuses<ValueError>("test_on_batch: class_weight is for training", [&] {
    it.model.test_on_batch(it.x, it.labels, {.class_weight = {{0, 2}}});
  });
  Sequential sequence({layers::Dense(1, {.input_shape = {3, 2}})}, {.name = "m"});
  sequence.compile({.loss = "mse"});
  CHECK_THROWS_MATCHES(
      sequence.fit(ones({4, 3, 2}), ones({4, 3, 1}), {.verbose = 0, .class_weight = {{0, 2}}}), ValueError,
      Message("m: fit: class_weight takes one class for each sample, y [n], [n, 1] or one-hot [n, classes], given [4, "
              "3, 1]: give sample_weight [n, steps] for the steps of sequences"));
}

TEST_CASE("numbers that are not finite are named where that is asked for") {
  Compiled it;
  const Tensor x = it.x.clone();
  x.slice(0, {7, 8}).slice(1, {1, 2}).fill(std::nan(""));
  const auto fit = [&](const Tensor& train, const Tensor& validate) {
    return [&it, train, validate] {
      it.model.fit(train, it.labels, {.verbose = 0, .validation_data = {validate, it.labels}, .check_finite = true});
    };
  };
  it.refuses<ValueError>("fit: x: nan at position [7, 1]; all must be finite (check_finite)", fit(x, it.x));
  it.refuses<ValueError>("fit: validation_data: x: nan at position [7, 1]; all must be finite", fit(it.x, x));
  it.refuses<ValueError>("evaluate: x: nan at position [7, 1]",
                         [&] { it.model.evaluate(x, it.labels, {.check_finite = true}); });
  it.refuses<ValueError>("fit: batch 0: x: nan at position [7, 1]", [&] {
    it.model.fit(std::vector<models::Batch>{{x, it.labels}}, {.check_finite = true});
  });
  const Symbol a = Input({1}, {.name = "a"}), b = Input({1}, {.name = "b"});
  const Model model({a, b}, {layers::Dense(1, {.name = "one"})(a), layers::Dense(1, {.name = "two"})(b)},
                    {.name = "m"});
  model.compile({.loss = "mse"});
  const Tensor good = ones({3, 1}), bad = good.clone();
  bad.slice(0, {2, 3}).fill(std::numeric_limits<double>::infinity());
  CHECK_THROWS_MATCHES(model.fit({good, bad}, {good, good}, {.check_finite = true}), ValueError,
                       Message("m: fit: x of \"b\": inf at position [2, 0]; all must be finite (check_finite)"));
  CHECK_THROWS_MATCHES(model.fit({good, good}, {bad, good}, {.check_finite = true}), ValueError,
                       Message("m: fit: y of \"one\": inf at position [2, 0]; all must be finite (check_finite)"));
}

TEST_CASE("of several outputs errors say which one they mean") {
  const Symbol in = Input({2}, {.name = "in"});
  const Model model(
      {in}, {layers::Dense(1, {.name = "price"})(in), layers::Dense(3, {.activation = "softmax", .name = "kind"})(in)},
      {.name = "m"});
  model.compile({.loss = {{"price", "mse"}, {"kind", "sparse_categorical_crossentropy"}}});
  const Tensor x = rand({5, 2}), price = rand({5, 1}), kind = zeros({5}, int64);
  const Tensor last = kind.clone();
  last.slice(0, {4}).fill(3);
  CHECK_THROWS_MATCHES(
      model.fit(x, {price, last}, {.verbose = 0}), IndexError,
      Message("m: fit: output \"kind\": sparse_categorical_crossentropy: label 3 at position 4 is outside [0, 3) (x "
              "[5, 2], y ([5, 1], [5]))"));
  CHECK_THROWS_WITH(model.fit(x, {price, kind}, {.verbose = 0, .validation_data = {x, {price, last}}}),
                    Contains("m: fit: validation_data: output \"kind\": ") && Contains("label 3 at position 4"));
  CHECK_THROWS_WITH(model.evaluate(x, {price, last}, {.verbose = 0}), Contains("m: evaluate: output \"kind\": "));
  CHECK_THROWS_WITH(model.fit(x, {rand({5, 2}), kind}, {.verbose = 0}),
                    Contains("m: fit: output \"price\": ") && Contains("y_true [5, 2], y_pred [5, 1]"));
  std::vector<models::Batch> batches{{x, {price, kind}}, {x, {price, last}}};
  CHECK_THROWS_WITH(model.fit(batches, {.verbose = 0}), Contains("m: fit: batch 1: output \"kind\": "));
}

TEST_CASE("train_on_batch refuses targets before it changes anything, in every call") {
  const Tensor x = randn({20, 2}), labels = randint(0, 3, {20});
  Sequential model{layers::BatchNormalization({.input_shape = {2}}), layers::Dense(3, {.activation = "softmax"})};
  model.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy"});
  model.train_on_batch(x, labels);
  std::vector<Tensor> before;
  for (const Tensor& weight : model.get_weights()) before.push_back(weight.clone());
  CHECK_THROWS_WITH(model.train_on_batch(x, labels + 3), Contains("train_on_batch: sparse_categorical_crossentropy"));
  CHECK_THROWS_WITH(model.train_on_batch(x, ones({20, 3})),
                    Contains("train_on_batch: sparse_categorical_crossentropy"));
  CHECK_THROWS_WITH(model.train_on_batch(x, labels, {.sample_weight = ones({20, 2})}), Contains("sample_weight"));
  const std::vector<Tensor> after = model.get_weights();
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(array_equal(after[i], before[i]));
  model.train_on_batch(x.slice(0, {0, 5}), labels.slice(0, {0, 5}));
  CHECK_FALSE(array_equal(model.get_weights().back(), before.back()));
}

TEST_CASE("errors of predict say so, and which batch it was") {
  Sequential model{layers::Dense(1, {.input_shape = {2}, .name = "dense"})};
  CHECK_THROWS_WITH(model.predict(ones({4, 3}), {.verbose = 0}),
                    Contains("dense: predict: built for inputs whose last length is 2"));
  CHECK_THROWS_WITH(model.predict_on_batch(ones({4, 3})), Contains("dense: predict: built for inputs"));
  const std::vector<models::Batch> batches{{ones({4, 2})}, {ones({4, 3})}};
  CHECK_THROWS_WITH(model.predict(batches, {.verbose = 0}), Contains("dense: predict: batch 1: built for inputs"));
}

TEST_CASE("a layer that a callback of fit adds is noticed when the epoch begins") {
  struct Adding : callbacks::CallbackImpl {
    void on_epoch_begin(int64_t epoch) override {
      if (epoch == 1) model.add(layers::Dense(1, {.name = "late"}));
    }
    Sequential model{layers::Dense(1, {.input_shape = {2}})};
  };
  const auto adding = std::make_shared<Adding>();
  adding->model.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK_THROWS_WITH(
      adding->model.fit(ones({8, 2}), ones({8, 1}), {.epochs = 3, .verbose = 0, .callbacks = {adding}}),
      Contains("fit: layers were added or removed while the model is fitted (late); call compile and fit again"));
}
