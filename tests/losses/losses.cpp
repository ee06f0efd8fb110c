#include <cmath>
#include <limits>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/gradcheck.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/cross_entropy.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("mean errors and their reductions") {
  const Tensor y_true = tensor({{0.0, 1.0}, {2.0, 3.0}}), y_pred = tensor({{1.0, 1.0}, {0.0, 0.0}});
  CHECK(losses::MeanSquaredError()(y_true, y_pred).item() == Approx(3.5));
  CHECK(losses::MeanSquaredError({.reduction = "sum"})(y_true, y_pred).item() == Approx(7));
  CHECK(allclose(losses::MeanSquaredError({.reduction = "none"})(y_true, y_pred), tensor({0.5, 6.5})));
  CHECK(losses::MeanAbsoluteError()(y_true, y_pred).item() == Approx(1.5));
  const Tensor weights = tensor({1.0, 3.0});
  CHECK(losses::MeanSquaredError()(y_true, y_pred, weights).item() == Approx((0.5 + 19.5) / 2));
  CHECK(losses::MeanSquaredError({.reduction = "mean_with_sample_weight"})(y_true, y_pred, weights).item() ==
        Approx(20.0 / 4));
  CHECK(losses::MeanSquaredError({.name = "error"}).name() == "error");
}

TEST_CASE("targets of one axis meet predictions [batch, 1]") {
  const Tensor y_pred = tensor({{1.0}, {3.0}});
  CHECK(losses::MeanSquaredError()(tensor({1.0, 1.0}), y_pred).item() == Approx(2));
  CHECK(losses::MeanSquaredError()(tensor({{{1.0}}, {{1.0}}}), y_pred).item() == Approx(2));
  CHECK(losses::BinaryCrossentropy()(tensor({1, 0}), tensor({{0.8}, {0.4}})).item() ==
        Approx(-(std::log(0.8) + std::log(0.6)) / 2));
  CHECK_THROWS_MATCHES(
      losses::MeanSquaredError()(ones({3}), ones({3, 2})), ShapeError,
      Message("mean_squared_error: shapes differ: y_true [3], y_pred [3, 2]; for labels of 2 classes use "
              "to_categorical and categorical_crossentropy, for one number each end the model with Dense(1)"));
}

TEST_CASE("cross-entropies of labels, one-hot rows and logits agree") {
  const Tensor logits = randn({6, 4});
  const Tensor labels = tensor({0, 3, 1, 1, 2, 0});
  const Tensor one_hot_rows = one_hot(labels, 4);
  const Tensor probabilities = softmax(logits).detach();
  const double expected = losses::CategoricalCrossentropy({.from_logits = true})(one_hot_rows, logits).item();
  CHECK(losses::CategoricalCrossentropy()(one_hot_rows, probabilities).item() == Approx(expected).epsilon(1e-5));
  CHECK(losses::SparseCategoricalCrossentropy()(labels, probabilities).item() == Approx(expected).epsilon(1e-5));
  CHECK(losses::SparseCategoricalCrossentropy()(labels.expand_dims(-1), probabilities).item() ==
        Approx(expected).epsilon(1e-5));
  CHECK(losses::SparseCategoricalCrossentropy({.from_logits = true})(labels, logits).item() ==
        Approx(expected).epsilon(1e-5));
  CHECK(losses::SparseCategoricalCrossentropy()(labels.astype(float32), softmax(logits)).item() ==
        Approx(expected).epsilon(1e-5));
}

TEST_CASE("a binary cross-entropy looks behind a sigmoid whose last axis of 1 is no axis of the targets") {
  const Tensor z = full({2, 3, 1}, 50.0).set_requires_grad(), flat = full({3}, 50.0).set_requires_grad();
  const Tensor loss = losses::BinaryCrossentropy()(zeros({2, 3}), sigmoid(z));
  CHECK(loss.item() == Approx(50));
  CHECK(allclose(grad(loss, z), full({2, 3, 1}, 1.0 / 6)));
  CHECK(sum(losses::binary_crossentropy(zeros({2, 3}), sigmoid(z))).item() == Approx(100));
  const Tensor of_flat = losses::BinaryCrossentropy()(zeros({3, 1}), sigmoid(flat));
  CHECK(of_flat.item() == Approx(50));
  CHECK(allclose(grad(of_flat, flat), full({3}, 1.0 / 3)));
}

TEST_CASE("label smoothing moves targets") {
  const Tensor y_true = tensor({{0.0, 1.0, 0.0}}), y_pred = tensor({{0.2, 0.5, 0.3}});
  const Tensor smoothed = y_true * 0.9 + 0.1 / 3;
  CHECK(losses::CategoricalCrossentropy({.label_smoothing = 0.1})(y_true, y_pred).item() ==
        Approx(losses::CategoricalCrossentropy()(smoothed, y_pred).item()));
  CHECK(losses::BinaryCrossentropy({.label_smoothing = 0.1})(y_true, y_pred).item() ==
        Approx(losses::BinaryCrossentropy()(y_true * 0.9 + 0.05, y_pred).item()));
  CHECK_THROWS_AS(losses::BinaryCrossentropy({.label_smoothing = 1.5}), ValueError);
}

TEST_CASE("an ignored class does not count") {
  const Tensor y_pred = tensor({{0.2, 0.8}, {0.6, 0.4}, {0.5, 0.5}});
  const losses::SparseCategoricalCrossentropy loss({.ignore_class = -1});
  CHECK(loss(tensor({1, -1, 0}), y_pred).item() == Approx(-(std::log(0.8) + std::log(0.5)) / 2));
  loss.check_targets(tensor({1, -1, 0}), {3, 2});
}

TEST_CASE("an ignored class has no loss, whatever the reduction") {
  const Tensor y_pred = tensor({{0.5, 0.3, 0.2}, {0.1, 0.8, 0.1}, {0.2, 0.2, 0.6}}), labels = tensor({0, 1, 2});
  const double first = -std::log(0.5), last = -std::log(0.6);
  const auto loss = [](const char* reduction) {
    return losses::SparseCategoricalCrossentropy({.ignore_class = 1, .reduction = reduction});
  };
  CHECK(loss("sum_over_batch_size")(labels, y_pred).item() == Approx((first + last) / 2));
  CHECK(loss("mean_with_sample_weight")(labels, y_pred).item() == Approx((first + last) / 2));
  CHECK(loss("sum")(labels, y_pred).item() == Approx(first + last));
  CHECK(allclose(loss("none")(labels, y_pred), tensor({first, 0.0, last})));
  CHECK(allclose(loss("mean").call(labels, y_pred), tensor({first, 0.0, last})));
  const Tensor weights = tensor({1.0, 5.0, 3.0});
  CHECK(loss("mean")(labels, y_pred, weights).item() == Approx((first + 3 * last) / 2));
  CHECK(loss("mean_with_sample_weight")(labels, y_pred, weights).item() == Approx((first + 3 * last) / 4));
  // Nothing counts.
  for (const char* reduction : {"mean", "mean_with_sample_weight", "sum"}) {
    const Tensor logits = randn({3, 3}).set_requires_grad();
    const Tensor none = loss(reduction)(tensor({1, 1, 1}), softmax(logits));
    CHECK(none.item() == 0);
    CHECK(array_equal(grad(none, logits), zeros({3, 3})));
  }
}

TEST_CASE("weights meet values as in Keras, and weights of 0 give 0") {
  const Tensor y_true = zeros({2, 3, 1}), y_pred = ones({2, 3, 1});
  const losses::MeanSquaredError weighted({.reduction = "mean_with_sample_weight"});
  // The divisor is the sum of the weights as they are given.
  CHECK(weighted(y_true, y_pred, tensor({{1.0}, {3.0}})).item() == Approx(3));
  CHECK(weighted(y_true, y_pred, tensor({1.0, 3.0})).item() == Approx(3));
  CHECK(weighted(y_true, y_pred, tensor({{1.0, 1.0, 2.0}, {0.0, 0.0, 0.0}})).item() == Approx(1));
  CHECK(weighted(y_true, y_pred, zeros({2})).item() == 0);
  CHECK(losses::MeanSquaredError()(y_true, y_pred, zeros({2})).item() == 0);
  CHECK(losses::MeanSquaredError()(zeros({0, 3}), zeros({0, 3})).item() == 0);
  CHECK(losses::MeanSquaredError({.reduction = "none"})(zeros({3, 2}), ones({3, 2}), ones({3, 1})).shape() ==
        Shape{3, 1});
  CHECK_THROWS_MATCHES(weighted(y_true, y_pred, ones({4})), ShapeError,
                       Message("mean_squared_error: sample_weight [4] does not fit values of shape [2, 3]"));
}

TEST_CASE("targets [batch, 1] meet predictions [batch]") {
  const Tensor y_true = tensor({{1.0}, {2.0}, {3.0}});
  CHECK(allclose(losses::MeanSquaredError({.reduction = "none"})(y_true, tensor({1.5, 2.0, 5.0})),
                 tensor({0.25, 0.0, 4.0})));
  CHECK(losses::MeanSquaredError()(y_true, tensor({1.5, 2.0, 4.0}), tensor({2.0, 1.0, 2.0})).item() == Approx(2.5 / 3));
  CHECK(losses::BinaryCrossentropy({.reduction = "none"})(tensor({{1}, {0}}), tensor({0.8, 0.4})).shape() == Shape{2});
}

TEST_CASE("losses compute in floating point whatever they are given") {
  const Tensor a = tensor({{10, 200}}, uint8), b = tensor({{200, 10}}, uint8);
  CHECK(losses::MeanSquaredError()(a, b).item() == 36100);
  CHECK(losses::MeanAbsoluteError()(tensor({{1}}, uint8), tensor({{3}}, uint8)).item() == 2);
  CHECK(losses::mean_squared_error(tensor({{100000}}, int32), tensor({{0}}, int32)).item() == 1e10);
  // Differences that float32 does not hold.
  CHECK(losses::mean_absolute_error(tensor({{16777217}}), tensor({{16777216}})).item() == 1);
  CHECK(losses::mean_absolute_error(tensor({{true, false}}), tensor({{true, true}})).item() == 0.5);
  CHECK(losses::binary_crossentropy(tensor({{1, 0}}), tensor({{1, 0}})).item() == Approx(0).margin(1e-6));
  CHECK(losses::categorical_crossentropy(tensor({{1, 0}}), tensor({{3, 1}})).item() == Approx(-std::log(0.75)));
  CHECK(losses::sparse_categorical_crossentropy(tensor({0}), tensor({{3, 1}}, uint8)).item() ==
        Approx(-std::log(0.75)));
}

TEST_CASE("probabilities are targets in [0, 1]") {
  const losses::BinaryCrossentropy loss;
  const Tensor y_pred = full({3, 1}, 0.5);
  const auto refused = [&](const Tensor& y_true, const std::string& target, const std::string& position) {
    CHECK_THROWS_AS(loss(y_true, y_pred), ValueError);
    // Targets have taken the shape of the predictions.
    CHECK_THROWS_WITH(loss(y_true, y_pred), Contains("binary_crossentropy: target " + target + " at position [" +
                                                     position + ", 0] is outside [0, 1]; scale the targets"));
    CHECK_THROWS_WITH(loss.check_targets(y_true, y_pred.shape()), Contains("target " + target + " at position"));
  };
  refused(tensor({1, 0, 2}), "2", "2");
  refused(tensor({{1}, {-1}, {1}}), "-1", "1");
  refused(tensor({0, 255, 0}, uint8), "255", "1");
  refused(tensor({0.0, 1.5, 1.0}), "1.5", "1");
  refused(full({3, 1}, NAN), "nan", "0");
  for (const losses::CrossentropyOptions& options :
       {losses::CrossentropyOptions{.from_logits = true}, losses::CrossentropyOptions{.label_smoothing = 0.2}}) {
    CHECK_THROWS_AS(losses::BinaryCrossentropy(options)(tensor({1, 0, 2}), y_pred), ValueError);
    CHECK_THROWS_AS(losses::BinaryCrossentropy(options)(tensor({1, 0, 2}), y_pred, zeros({3})), ValueError);
  }
  CHECK(loss(tensor({true, false, true}), y_pred).item() == Approx(std::log(2)));
  // What rounding of a mean may leave.
  CHECK(loss(full({3}, 1.0000002), y_pred).item() == Approx(std::log(2)));
}

TEST_CASE("a single class has nothing to learn") {
  CHECK_THROWS_MATCHES(losses::CategoricalCrossentropy()(ones({4}), full({4, 1}, 0.5)), ValueError,
                       Message("categorical_crossentropy: predictions [4, 1] have a single class, of which the loss is "
                               "always 0; use binary_crossentropy and a sigmoid, or one output for each class"));
  CHECK_THROWS_AS(losses::CategoricalCrossentropy({.from_logits = true})(ones({4, 1}), ones({4, 1})), ValueError);
  CHECK_THROWS_AS(losses::SparseCategoricalCrossentropy()(zeros({4}), full({4, 1}, 0.5)), ValueError);
  CHECK_THROWS_AS(losses::CategoricalCrossentropy().check_targets(ones({4}), {4, 1}), ValueError);
  CHECK_THROWS_AS(losses::SparseCategoricalCrossentropy().check_targets(zeros({4}), {4, 1}), ValueError);
}

TEST_CASE("losses say which shapes differ, and which loss takes them") {
  CHECK_THROWS_MATCHES(losses::CategoricalCrossentropy()(tensor({0, 2}), full({2, 3}, 0.3)), ShapeError,
                       Message("categorical_crossentropy: shapes differ: y_true [2], y_pred [2, 3]; for labels use "
                               "sparse_categorical_crossentropy, or to_categorical"));
  CHECK_THROWS_MATCHES(losses::SparseCategoricalCrossentropy()(zeros({2, 3}), full({2, 3}, 0.3)), ShapeError,
                       Message("sparse_categorical_crossentropy: expected labels of shape [2] for predictions [2, 3], "
                               "given [2, 3]; for one-hot targets use categorical_crossentropy"));
  CHECK_THROWS_MATCHES(
      losses::MeanSquaredError().check_targets(zeros({7, 2}), {7, 1}), ShapeError,
      Message("mean_squared_error: shapes differ: y_true [7, 2], y_pred [7, 1]; for targets of 2 columns end "
              "the model with Dense(2)"));
  CHECK_THROWS_WITH(losses::MeanSquaredError().check_targets(zeros({7}), {8, 3}),
                    "mean_squared_error: shapes differ: y_true [7], y_pred [8, 3]");
  CHECK_THROWS_WITH(losses::CategoricalCrossentropy()(zeros({2, 4}), full({2, 3}, 0.3)),
                    "categorical_crossentropy: shapes differ: y_true [2, 4], y_pred [2, 3]; to_categorical(labels, 3) "
                    "makes targets of 3 classes, Dense(4) predictions of 4");
  CHECK_THROWS_WITH(losses::BinaryCrossentropy().check_targets(zeros({7, 2}), {7, 1}),
                    "binary_crossentropy: shapes differ: y_true [7, 2], y_pred [7, 1]; for one-hot targets of 2 "
                    "classes use Dense(2), a softmax and categorical_crossentropy");
  CHECK_THROWS_WITH(losses::BinaryCrossentropy().check_targets(zeros({7, 1}), {7, 2}),
                    "binary_crossentropy: shapes differ: y_true [7, 1], y_pred [7, 2]; for labels 0 and 1 end the "
                    "model with Dense(1), for labels of 2 classes use sparse_categorical_crossentropy");
  CHECK_THROWS_AS(losses::MeanAbsoluteError().check_targets(zeros({7}), {7, 3}), ShapeError);
  CHECK_THROWS_AS(losses::BinaryCrossentropy().check_targets(zeros({7}), {7, 3}), ShapeError);
  CHECK_THROWS_MATCHES(losses::MeanSquaredError()(Tensor(), ones({1})), ValueError,
                       Message("mean_squared_error: y_true is undefined"));
  CHECK_THROWS_WITH(losses::binary_crossentropy(ones({1}), Tensor()), "binary_crossentropy: y_pred is undefined");
}

TEST_CASE("a label that names no class is refused, with its position") {
  const losses::SparseCategoricalCrossentropy loss;
  CHECK_THROWS_AS(loss(tensor({0, 3}), ones({2, 3})), IndexError);
  CHECK_THROWS_MATCHES(loss.check_targets(tensor({0, 3}), {2, 3}), IndexError,
                       Message("sparse_categorical_crossentropy: label 3 at position 1 is outside [0, 3)"));
  CHECK_THROWS_AS(loss.check_targets(tensor({0, -1}), {2, 3}), IndexError);
  CHECK_THROWS_MATCHES(loss.check_targets(tensor({0.5, 1.0}), {2, 3}), ValueError,
                       Message("sparse_categorical_crossentropy: label 0.5 at position 0 is not a whole number"));
  CHECK_THROWS_AS(loss.check_targets(full({2}, NAN), {2, 3}), ValueError);
  loss.check_targets(tensor({{1.0}, {2.0}}), {2, 3});
}

TEST_CASE("a softmax in front of the loss costs no gradient, however sure it is") {
  const Tensor logits = tensor({{40.0, -40.0}}).set_requires_grad();
  const Tensor loss = losses::CategoricalCrossentropy()(tensor({{0.0, 1.0}}), softmax(logits));
  CHECK(loss.item() == Approx(80));
  CHECK(allclose(grad(loss, logits), tensor({{1.0, -1.0}}), 1e-4));
}

TEST_CASE("a Dense of sigmoid in front of the loss costs no gradient either") {
  Sequential model{layers::Dense(1, {.activation = "sigmoid", .kernel_initializer = "ones", .input_shape = {1}})};
  const Tensor x = tensor({{-60.0f}, {60.0f}}), y = tensor({{1.0f}, {0.0f}});
  const Tensor loss = losses::BinaryCrossentropy()(y, model(x));
  CHECK(loss.item() == Approx(60));
  CHECK(grad(loss, model.trainable_variables()[0]).item() == Approx(60));
}

TEST_CASE("the gradient of targets that are learned too agrees with differences") {
  set_random_seed(3);
  const Tensor target = softmax(randn({4, 3}, float64)).detach().set_requires_grad();
  const Tensor logits = randn({4, 3}, float64).set_requires_grad();
  const Tensor probabilities = (0.9 * rand({4, 3}, float64) + 0.05).set_requires_grad();
  const auto passes = [&](Tensor (*loss)(const Tensor&, const Tensor&), const Tensor& prediction) {
    const GradcheckReport report = gradcheck(
        [&](const auto& inputs) { return std::vector<Tensor>{loss(inputs[0], inputs[1])}; }, {target, prediction});
    INFO(report.message);
    CHECK(report);
    CHECK(
        allclose(grad(loss(target, prediction).sum(), target), grad(loss(target, prediction.detach()).sum(), target)));
  };
  passes(categorical_crossentropy_from_logits, logits);
  passes(categorical_crossentropy, probabilities);
  passes(binary_crossentropy_from_logits, logits);
  passes(binary_crossentropy, probabilities);
  passes([](const Tensor& t, const Tensor& z) { return categorical_crossentropy(t, softmax(z)); }, logits);
  passes([](const Tensor& t, const Tensor& z) { return binary_crossentropy(t, sigmoid(z)); }, logits);
}

TEST_CASE("labels are no function to differentiate") {
  const Tensor labels = tensor({0.0, 1.0}).set_requires_grad();
  const Tensor logits = tensor({{1.0, 2.0}, {0.0, 3.0}}).set_requires_grad();
  for (auto loss : {sparse_categorical_crossentropy_from_logits, sparse_categorical_crossentropy}) {
    CHECK_THROWS_WITH(grad(loss(labels, abs(logits)).sum(), labels), Contains("do not depend on input 0"));
  }
}

TEST_CASE("losses are found by name") {
  for (const char* name : {"mean_squared_error", "MeanSquaredError"}) {
    CHECK(losses::Loss(name)->name() == "mean_squared_error");
  }
  // As logs of several losses call it in Keras.
  for (const char* name : {"mse", "MSE"}) {
    CHECK(losses::Loss(name)->class_name() == "MeanSquaredError");
    CHECK(losses::Loss(name)->name() == name);
  }
  CHECK_THROWS_WITH(losses::Loss("categorical_crossentropi"),
                    Contains("unknown loss \"categorical_crossentropi\"; the nearest known names are "
                             "\"categorical_crossentropy\""));
  CHECK_THROWS_WITH(losses::MeanSquaredError({.reduction = "avg"}), Contains("unknown reduction"));
  const losses::LossFunction own("own", [](const Tensor& a, const Tensor& b) { return mean(abs(a - b), -1); });
  CHECK(own(zeros({2, 2}), ones({2, 2})).item() == 1);
  CHECK_THROWS_MATCHES(losses::LossFunction("own", nullptr), ValueError,
                       Message("own: the function of the loss is empty"));
}

TEST_CASE("a loss of which nothing counts is 0, whatever is left out") {
  const losses::MeanSquaredError weighted({.reduction = "mean_with_sample_weight"});
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(weighted(tensor({{1.}, {2.}}), tensor({{infinity}, {2.}}), tensor({0., 0.})).item() == 0);
}

TEST_CASE("what is predicted for an ignored class does not matter, and gets no gradient") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Tensor labels = tensor({0, -1});
  for (const DType dtype : {float32, float64}) {
    for (const double bad : {nan, infinity, -infinity}) {
      for (const bool from_logits : {true, false}) {
        INFO(bad << " in " << dtype << ", from_logits " << from_logits);
        const losses::SparseCategoricalCrossentropy loss({.from_logits = from_logits, .ignore_class = -1});
        const Tensor y_pred = tensor({{1.0, 2.0, 3.0}, {bad, 0.5, 1.0}}, dtype).set_requires_grad();
        const Tensor counted = tensor({{1.0, 2.0, 3.0}}, dtype).set_requires_grad();
        const Tensor value = loss(labels, y_pred), expected = loss(tensor({0}), counted);
        CHECK(value.item() == expected.item());
        const Tensor gradient = grad(value, y_pred, {.retain_graph = true});
        CHECK(allclose(gradient[0], grad(expected, counted)[0], 1e-6));
        CHECK(array_equal(gradient[1], zeros({3}, dtype)));
        CHECK(allclose(grad(value, y_pred, {.create_graph = true}), gradient, 1e-6));
      }
    }
  }
  // Behind a softmax too, where the logits are used, and where they are not seen.
  for (const bool seen : {true, false}) {
    const Tensor logits = tensor({{1.0, 2.0, 3.0}, {nan, 0.0, 1.0}}).set_requires_grad();
    const Tensor y_pred = seen ? softmax(logits) : softmax(logits) * 1;
    const Tensor gradient = grad(losses::SparseCategoricalCrossentropy({.ignore_class = -1})(labels, y_pred), logits);
    CHECK(allclose(gradient[0], softmax(logits.detach())[0] - tensor({1.0, 0.0, 0.0}), 1e-5));
    CHECK((!seen || array_equal(gradient[1], zeros({3}))));
  }
}

TEST_CASE("losses want elements in the last axis, and take batches without samples") {
  for (const char* name : {"mse", "mae", "bce", "categorical_crossentropy"}) {
    const auto loss = losses::Loss(name);
    for (const Shape& shape : {Shape{2, 0}, Shape{0}, Shape{0, 0}}) {
      INFO(name << ' ' << shape);
      CHECK_THROWS_AS((*loss)(zeros(shape), zeros(shape)), ShapeError);
      CHECK_THROWS_AS(loss->call(zeros(shape), zeros(shape)), ShapeError);
      CHECK_THROWS_AS(loss->check_targets(zeros(shape), shape), ShapeError);
    }
    const Tensor y_pred = zeros({0, 3}).set_requires_grad();
    const Tensor value = (*loss)(zeros({0, 3}), y_pred);
    CHECK(value.item() == 0);
    CHECK(grad(value, y_pred).shape() == Shape{0, 3});
    CHECK(loss->call(zeros({0, 3}), zeros({0, 3})).shape() == Shape{0});
  }
  CHECK_THROWS_MATCHES(losses::mean_squared_error(zeros({2, 0}), zeros({2, 0})), ShapeError,
                       Message("mean_squared_error: the last axis of predictions [2, 0] has no elements"));
  const losses::SparseCategoricalCrossentropy sparse;
  CHECK(sparse(zeros({0}), zeros({0, 3})).item() == 0);
  for (const Shape& shape : {Shape{0, 0}, Shape{2, 0}}) {
    CHECK_THROWS_MATCHES(
        sparse(zeros({shape[0]}), zeros(shape)), ShapeError,
        Message("sparse_categorical_crossentropy: expected predictions [..., classes], given " + shape.str()));
  }
  CHECK_THROWS_AS(sparse_categorical_crossentropy(zeros({0}), zeros({0, 0})), ShapeError);
  CHECK_THROWS_AS(categorical_crossentropy_from_logits(zeros({2, 0}), zeros({2, 0})), ShapeError);
}

TEST_CASE("losses of single numbers") {
  CHECK(losses::MeanSquaredError()(tensor(1.0), tensor(3.0)).item() == 4);
  CHECK(losses::MeanAbsoluteError()(tensor(1.0), tensor(3.0)).item() == 2);
  CHECK(losses::BinaryCrossentropy()(tensor(1.0), tensor(0.5)).item() == Approx(std::log(2)));
  CHECK_THROWS_MATCHES(losses::CategoricalCrossentropy()(tensor(1.0), tensor(0.5)), ShapeError,
                       Message("categorical_crossentropy: expected predictions [..., classes], given []"));
  CHECK_THROWS_MATCHES(losses::SparseCategoricalCrossentropy()(tensor(1), tensor(0.5)), ShapeError,
                       Message("sparse_categorical_crossentropy: expected predictions [..., classes], given []"));
}

TEST_CASE("the functions check label_smoothing as the classes do") {
  const Tensor y = full({2, 2}, 0.5);
  CHECK_THROWS_MATCHES(losses::binary_crossentropy(y, y, {.label_smoothing = NAN}), ValueError,
                       Message("binary_crossentropy: label_smoothing must lie between 0 and 1, given nan"));
  CHECK_THROWS_MATCHES(losses::categorical_crossentropy(y, y, {.label_smoothing = -1e-9}), ValueError,
                       Message("categorical_crossentropy: label_smoothing must lie between 0 and 1, given -1e-09"));
}

TEST_CASE("a loss of one's own has to return a tensor") {
  const losses::LossFunction nothing("own", [](const Tensor&, const Tensor&) { return Tensor(); });
  CHECK_THROWS_MATCHES(nothing(ones({2, 1}), ones({2, 1})), ValueError,
                       Message("own: call returned an undefined tensor"));
}
