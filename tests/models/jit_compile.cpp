#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

// What is written to a stream while an instance lives.
class CapturedText {
 public:
  explicit CapturedText(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~CapturedText() { stream_.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* before_;
};

struct Outcome {
  std::vector<double> losses, metrics;
  std::vector<Tensor> weights;
};

using MakeModel = std::function<Model()>;
// Each model has an optimizer of its own.
using MakeOptions = std::function<models::CompileOptions()>;

// Two epochs, whose last batches are smaller.
Outcome trained(const MakeModel& make, const Tensor& x, const Tensor& y, const MakeOptions& make_options,
                bool jit_compile) {
  set_random_seed(5);
  const Model model = make();
  models::CompileOptions compile = make_options();
  compile.jit_compile = jit_compile;
  // A learning rate that changes from step to step.
  struct Schedule : callbacks::CallbackImpl {
    void on_train_batch_begin(int64_t step) override {
      model().optimizer().set_learning_rate(0.01 / static_cast<double>(1 + step));
    }
  };
  model.compile(compile);
  const auto history =
      model.fit(x, y, {.batch_size = 8, .epochs = 2, .verbose = 0, .callbacks = {std::make_shared<Schedule>()}});
  Outcome outcome{history["loss"], {}, {}};
  for (const auto& weight : model.weights()) outcome.weights.push_back(weight.value.detach());
  outcome.metrics = model.evaluate(x, y, {.verbose = 0}).size() > 1 ? history["accuracy"] : std::vector<double>();
  return outcome;
}

void check_equal(const MakeModel& make, const Tensor& x, const Tensor& y, const MakeOptions& compile) {
  const CapturedText errors(std::cerr);
  const Outcome eager = trained(make, x, y, compile, false), replayed = trained(make, x, y, compile, true);
  CHECK(errors.text() == "");
  CHECK(eager.losses == replayed.losses);
  CHECK(eager.metrics == replayed.metrics);
  REQUIRE(eager.weights.size() == replayed.weights.size());
  for (std::size_t i = 0; i < eager.weights.size(); ++i) {
    INFO("weight " << i);
    CHECK(array_equal(eager.weights[i], replayed.weights[i]));
  }
}

struct TransformerImpl : ModelImpl {
  layers::Embedding embedding{11, 8};
  layers::MultiHeadAttention attention{2, 4};
  layers::LayerNormalization first, second;
  layers::Dense expand{16, {.activation = "gelu"}};
  layers::Dropout dropout{0.1};
  layers::Dense contract{8};
  layers::Dense head{3, {.activation = "softmax"}};

  Tensor call(const Tensor& ids) {
    const Tensor x = embedding(ids);
    const Tensor attended = first(x + attention(x));
    const Tensor hidden = second(attended + contract(dropout(expand(attended))));
    return head(hidden.mean(1));
  }
};
using Transformer = Handle<TransformerImpl>;

}  // namespace

TEST_CASE("training with jit_compile equals training without it, bit for bit") {
  const Tensor labels = randint(0, 3, {21});
  const MakeOptions compile = [] {
    return models::CompileOptions{
        .optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}};
  };
  SECTION("MLP") {
    const auto make = MakeModel([] {
      return Sequential{layers::Dense(16, {.activation = "relu", .kernel_regularizer = "l2", .input_shape = {6}}),
                        layers::Dropout(0.3), layers::Dense(3, {.activation = "softmax"})};
    });
    check_equal(make, randn({21, 6}), labels, compile);
    check_equal(make, randn({21, 6}), labels, [] {
      return models::CompileOptions{
          .optimizer = optimizers::SGD({.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01}),
          .loss = "sparse_categorical_crossentropy"};
    });
    check_equal(make, randn({21, 6}), utils::to_categorical(labels, 3), [] {
      return models::CompileOptions{
          .optimizer = "rmsprop", .loss = "categorical_crossentropy", .metrics = {"accuracy"}};
    });
  }
  SECTION("two classes") {
    const auto make = MakeModel([] {
      return Sequential{layers::Dense(8, {.activation = "relu", .input_shape = {6}}),
                        layers::Dense(1, {.activation = "sigmoid"})};
    });
    check_equal(make, randn({21, 6}), (rand({21, 1}) > 0.5).astype(float32), [] {
      return models::CompileOptions{.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}};
    });
  }
  SECTION("CNN") {
    check_equal(MakeModel([] {
                  return Sequential{layers::Conv2D(4, 3, {.activation = "relu", .input_shape = {10, 10, 2}}),
                                    layers::BatchNormalization(),
                                    layers::MaxPooling2D(2),
                                    layers::Dropout(0.25),
                                    layers::Conv2D(8, 3, {.activation = "tanh"}),
                                    layers::Flatten(),
                                    layers::Dense(3, {.activation = "softmax"})};
                }),
                randn({21, 10, 10, 2}), labels, compile);
  }
  SECTION("LSTM and GRU") {
    check_equal(MakeModel([] {
                  return Sequential{layers::LSTM(7, {.return_sequences = true, .input_shape = {5, 4}}), layers::GRU(6),
                                    layers::Dense(3, {.activation = "softmax"})};
                }),
                randn({21, 5, 4}), labels, compile);
  }
  SECTION("transformer") {
    check_equal([] { return Transformer(); }, randint(0, 11, {21, 6}), labels, compile);
  }
}

TEST_CASE("a step that cannot be captured runs as it is, and says so once") {
  struct BranchingImpl : ModelImpl {
    layers::Dense dense{1};
    Tensor call(const Tensor& x) {
      const Tensor y = dense(x);
      return training() && sum(y).item() > 1e9 ? y * 2 : y;
    }
  };
  const Tensor x = randn({20, 3}), y = randn({20, 1});
  const auto text_of = [&](const Model& model, const models::CompileOptions& compile) {
    model.compile(compile);
    const CapturedText errors(std::cerr);
    const auto history = model.fit(x, y, {.batch_size = 8, .epochs = 2, .verbose = 0});
    CHECK(history["loss"][1] < history["loss"][0]);
    return errors.text();
  };
  const Handle<BranchingImpl> branching;
  CHECK_THAT(text_of(branching, {.optimizer = "adam", .loss = "mse", .jit_compile = true}),
             Contains("fit: jit_compile: the training step runs without being captured: ") &&
                 Contains("item: values cannot be read while a function is captured"));
  Sequential clipped{layers::Dense(1, {.input_shape = {3}})};
  CHECK_THAT(text_of(clipped, {.optimizer = optimizers::Adam({.clipnorm = 1}), .loss = "mse", .jit_compile = true}),
             Contains("item: values cannot be read"));
  // What the losses of two outputs have left by then is not taken for somebody's.
  const Symbol input = Input({3});
  const Symbol hidden = layers::Dense(4, {.activity_regularizer = "l2"})(input);
  const Model two(input, {layers::Dense(1)(hidden), layers::Dense(1)(hidden)});
  two.compile({.optimizer = optimizers::Adam({.global_clipnorm = 1}), .loss = "mse", .jit_compile = true});
  {
    const CapturedText errors(std::cerr);
    CHECK_NOTHROW(two.fit(x, {y, y}, {.batch_size = 8, .verbose = 0}));
    CHECK_THAT(errors.text(), Contains("item: values cannot be read"));
  }
  Sequential plain{layers::Dense(1, {.input_shape = {3}})};
  CHECK(text_of(plain, {.optimizer = "adam", .loss = "mse", .jit_compile = true}) == "");
}

TEST_CASE("layers frozen and gradients left by a callback have the same effect with jit_compile") {
  const Tensor x = randn({20, 3}), y = randn({20, 1});
  const auto losses = [&](bool jit_compile) {
    set_random_seed(3);
    Sequential model{layers::Dense(4, {.input_shape = {3}}), layers::Dense(1)};
    model.compile({.optimizer = "adam", .loss = "mse", .jit_compile = jit_compile});
    struct Meddling : callbacks::CallbackImpl {
      void on_epoch_begin(int64_t epoch) override {
        model().layers()[0].set_trainable(epoch != 1);
        sum(model()(ones({2, 3}))).backward();
      }
    };
    const CapturedText errors(std::cerr);
    const auto history =
        model.fit(x, y, {.batch_size = 8, .epochs = 4, .verbose = 0, .callbacks = {std::make_shared<Meddling>()}});
    CHECK(errors.text() == "");
    return history["loss"];
  };
  CHECK(losses(true) == losses(false));
}

TEST_CASE("a step that keeps a tensor for the next one is refused by jit_compile") {
  struct LazyMaskImpl : ModelImpl {
    layers::Dense dense{1};
    Tensor mask;
    Tensor call(const Tensor& x) {
      if (!mask.defined() || mask.shape() != x.shape()) mask = ones(x.shape()) * 0.5;
      return dense(x * mask);
    }
  };
  const Handle<LazyMaskImpl> model;
  model.compile({.optimizer = "adam", .loss = "mse", .jit_compile = true});
  CHECK_THROWS_WITH(model.fit(randn({16, 3}), randn({16, 1}), {.batch_size = 8, .verbose = 0}),
                    Contains("makes a tensor of shape [8, 3] that somebody keeps when the function has ended"));
}

TEST_CASE("errors of the data are the same with jit_compile") {
  Sequential model{layers::Embedding(4, 2, {.input_shape = {3}}), layers::Flatten(), layers::Dense(1)};
  model.compile({.optimizer = "sgd", .loss = "mse", .jit_compile = true});
  const Tensor x = zeros({8, 3}), y = zeros({8, 1});
  x.slice(0, {5, 6}).fill(4);
  CHECK_THROWS_AS(model.fit(x, y, {.batch_size = 4, .verbose = 0}), IndexError);
}

namespace {

// The last figures of two epochs on these batches, which are the same with jit_compile and without.
callbacks::Logs figures(const MakeModel& make, const MakeOptions& make_options,
                        const std::vector<models::Batch>& batches, bool jit_compile) {
  set_random_seed(5);
  const Model model = make();
  models::CompileOptions compile = make_options();
  compile.jit_compile = jit_compile;
  model.compile(compile);
  const CapturedText errors(std::cerr);
  const auto history = model.fit(batches, {.epochs = 2, .verbose = 0});
  CHECK(errors.text() == "");
  callbacks::Logs logs;
  for (const auto& [name, values] : history.history) logs.set(name, values.back());
  return logs;
}

void check_figures_equal(const MakeModel& make, const MakeOptions& compile, const std::vector<models::Batch>& batches) {
  const callbacks::Logs eager = figures(make, compile, batches, false),
                        replayed = figures(make, compile, batches, true);
  REQUIRE(eager.size() == replayed.size());
  for (const auto& [name, value] : eager) {
    INFO(name);
    CHECK(replayed[name] == value);
  }
}

}  // namespace

TEST_CASE("metrics leave out masked steps with jit_compile too") {
  const Tensor ids = randint(0, 5, {20, 6}), y = randn({20, 6, 1});
  check_figures_equal(
      [] {
        return Sequential{layers::Embedding(5, 4, {.mask_zero = true}), layers::Dense(1)};
      },
      [] { return models::CompileOptions{.optimizer = "adam", .loss = "mse", .metrics = {"mae"}}; },
      {{ids, y}, {ids, y * 2}});
  // One output of two has a mask, beside the losses of both.
  check_figures_equal(
      [] {
        const Symbol input = Input({6});
        const Symbol steps = layers::Embedding(5, 4, {.mask_zero = true})(input);
        return Model(input,
                     {layers::GlobalAveragePooling1D({.name = "p"})(steps), layers::Dense(1, {.name = "q"})(steps)});
      },
      [] {
        return models::CompileOptions{.optimizer = "adam", .loss = "mse", .metrics = {"mae", "mae"}};
      },
      {{ids, {ones({20, 4}), y}}, {ids, {zeros({20, 4}), y * 2}}});
}

TEST_CASE("metrics of cross-entropies start from logits with jit_compile too") {
  // So sure that probabilities round to 0 and 1.
  const Tensor x = randn({20, 4}) * 50, labels = randint(0, 3, {20}), signs = randint(0, 2, {20, 1});
  check_figures_equal([] { return Sequential{layers::Dense(3, {.activation = "softmax"})}; },
                      [] {
                        return models::CompileOptions{.optimizer = "sgd",
                                                      .loss = "sparse_categorical_crossentropy",
                                                      .metrics = {"sparse_categorical_crossentropy", "accuracy"}};
                      },
                      {{x, labels}, {x, labels}});
  check_figures_equal([] { return Sequential{layers::Dense(1, {.activation = "sigmoid"})}; },
                      [] { return models::CompileOptions{.optimizer = "sgd", .loss = "bce", .metrics = {"bce"}}; },
                      {{x, signs}, {x, signs}});
  // Beside a mask.
  const Tensor ids = randint(0, 5, {20, 6}), steps = randint(0, 3, {20, 6});
  check_figures_equal(
      [] {
        const initializers::RandomNormal large({.stddev = 1e4});
        return Sequential{layers::Embedding(5, 4, {.mask_zero = true}),
                          layers::Dense(3, {.activation = "softmax", .kernel_initializer = large})};
      },
      [] {
        return models::CompileOptions{.optimizer = "sgd",
                                      .loss = "sparse_categorical_crossentropy",
                                      .metrics = {"sparse_categorical_crossentropy"}};
      },
      {{ids, steps}, {ids, steps}});
}

TEST_CASE("a captured step is not replayed for batches with other weights or types") {
  const Tensor x = randn({8, 2}), y = randn({8, 1}), weight = rand({8});
  const auto options = [] { return models::CompileOptions{.optimizer = "sgd", .loss = "mse"}; };
  check_figures_equal(
      [] {
        const Symbol input = Input({2});
        return Model(input, {layers::Dense(1, {.name = "p"})(input), layers::Dense(1, {.name = "q"})(input)});
      },
      options, {{x, {y, y * 3}, {{"p", weight}}}, {x, {y, y * 3}, {{"q", weight}}}, {x, {y, y * 3}, {{"p", weight}}}});
  check_figures_equal([] { return Sequential{layers::Dense(1, {.input_shape = {2}})}; }, options,
                      {{x, y}, {x.astype(float64), y}, {x, y.astype(float64)}, {x, y}});
}

TEST_CASE("a layer without variables that a callback freezes is frozen with jit_compile too") {
  const Tensor x = randn({20, 2}) * 5, y = randn({20, 1});
  const auto losses = [&](bool jit_compile) {
    struct Freezing : callbacks::CallbackImpl {
      void on_train_batch_end(int64_t batch, const callbacks::Logs&) override {
        if (batch == 1) model().get_layer(0).set_trainable(false);
      }
    };
    set_random_seed(3);
    Sequential model{layers::BatchNormalization({.center = false, .scale = false, .input_shape = {2}}),
                     layers::Dense(1)};
    model.compile({.optimizer = "adam", .loss = "mse", .jit_compile = jit_compile});
    const CapturedText errors(std::cerr);
    const auto history =
        model.fit(x, y, {.batch_size = 4, .epochs = 3, .verbose = 0, .callbacks = {std::make_shared<Freezing>()}});
    CHECK(errors.text() == "");
    return history["loss"];
  };
  CHECK(losses(true) == losses(false));
}
