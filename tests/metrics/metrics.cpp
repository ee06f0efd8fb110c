#include <cmath>
#include <limits>
#include <string>
#include <xtape/error.hpp>
#include <xtape/metrics/accuracy.hpp>
#include <xtape/metrics/mean_errors.hpp>
#include <xtape/metrics/reduction.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/manipulation.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("Mean keeps total and count over batches") {
  metrics::Mean mean;
  CHECK(mean.result() == 0);
  mean.update_state(tensor({1.0, 2.0, 3.0}));
  mean.update_state(tensor({10.0, 20.0}), tensor({1.0, 3.0}));
  CHECK(mean.result() == Approx((6 + 70) / 7.0));
  mean.update_state(1.0, 3);
  CHECK(mean.result() == Approx((76 + 3) / 10.0));
  mean.reset_state();
  CHECK(mean.result() == 0);
  CHECK_THROWS_WITH(mean.update_state(Tensor()), "mean: the values are undefined");
}

TEST_CASE("accuracies count what is right") {
  const Tensor y_pred = tensor({{0.1, 0.7, 0.2}, {0.5, 0.3, 0.2}, {0.2, 0.3, 0.5}, {0.9, 0.1, 0.0}});
  const Tensor labels = tensor({1, 1, 2, 2});
  metrics::SparseCategoricalAccuracy sparse;
  sparse.update_state(labels, y_pred);
  CHECK(sparse.result() == 0.5);
  sparse.update_state(labels.expand_dims(-1), y_pred, tensor({1.0, 0.0, 1.0, 0.0}));
  CHECK(sparse.result() == Approx(4.0 / 6));
  metrics::CategoricalAccuracy categorical;
  categorical.update_state(one_hot(labels, 3), y_pred);
  CHECK(categorical.result() == 0.5);
  metrics::SparseTopKCategoricalAccuracy top({.k = 2});
  top.update_state(labels, y_pred);
  CHECK(top.result() == 0.75);
  metrics::BinaryAccuracy binary({.threshold = 0.4});
  binary.update_state(tensor({{1}, {0}, {1}}), tensor({{0.45}, {0.3}, {0.1}}));
  CHECK(binary.result() == Approx(2.0 / 3));
  metrics::Accuracy equal;
  equal.update_state(tensor({{1}, {2}}), tensor({{1}, {3}}));
  CHECK(equal.result() == 0.5);
  CHECK_THROWS_AS(categorical.update_state(labels, y_pred), ShapeError);
}

TEST_CASE("accuracy by name takes its kind from the shapes") {
  const auto accuracy = [](const Tensor& y_true, const Tensor& y_pred) {
    const auto metric = metrics::Metric("accuracy");
    metric->update_state(y_true, y_pred);
    return metric->result();
  };
  CHECK(accuracy(tensor({{1}, {0}}), tensor({{0.9}, {0.8}})) == 0.5);
  CHECK(accuracy(tensor({1, 0}), tensor({{0.9}, {0.8}})) == 0.5);
  CHECK(accuracy(tensor({1, 0}), tensor({{0.1, 0.9}, {0.2, 0.8}})) == 0.5);
  CHECK(accuracy(tensor({{0, 1}, {1, 0}}), tensor({{0.1, 0.9}, {0.2, 0.8}})) == 0.5);
}

TEST_CASE("errors as metrics") {
  metrics::RootMeanSquaredError root;
  root.update_state(tensor({{0.0, 0.0}}), tensor({{3.0, 4.0}}));
  root.update_state(tensor({{0.0, 0.0}}), tensor({{0.0, 0.0}}));
  CHECK(root.result() == Approx(std::sqrt(25.0 / 4)));
  metrics::MeanAbsoluteError absolute;
  absolute.update_state(tensor({{0.0, 0.0}}), tensor({{3.0, 4.0}}));
  CHECK(absolute.result() == Approx(3.5));
}

TEST_CASE("a mean counts samples alike, however much belongs to each") {
  metrics::MeanSquaredError error;
  error.update_state(zeros({1, 1, 1}), ones({1, 1, 1}));
  error.update_state(zeros({1, 3, 1}), zeros({1, 3, 1}));
  CHECK(error.result() == 0.5);
  metrics::Mean mean;
  mean.update_state(tensor({{1.0, 2.0}, {3.0, 5.0}}), tensor({3.0, 1.0}));
  CHECK(mean.result() == Approx((3 * 1.5 + 4) / 4));
  mean.reset_state();
  mean.update_state(tensor({{1.0, 2.0}, {3.0, 5.0}}), tensor({{1.0, 0.0}, {1.0, 3.0}}));
  CHECK(mean.result() == Approx((1 + 3 + 15) / 5.0));
  mean.reset_state();
  mean.update_state(tensor({{1.0, 2.0}, {3.0, 5.0}}), tensor({{1.0}, {3.0}}));
  CHECK(mean.result() == Approx((1.5 + 3 * 4) / 4));
  mean.reset_state();
  mean.update_state(tensor({1.0, 3.0}), tensor(2.0));
  mean.update_state(tensor({4.0}));
  CHECK(mean.result() == Approx((2 * 2 + 4) / 3.0));
  mean.reset_state();
  mean.update_state(zeros({0}));
  mean.update_state(tensor({1.0}), zeros({1}));
  CHECK(mean.result() == 0);
  CHECK_THROWS_MATCHES(mean.update_state(ones({4}), ones({5})), ShapeError,
                       Message("mean: sample_weight [5] does not fit values of shape [4]"));
  CHECK_THROWS_AS(mean.update_state(ones({2}), ones({2, 3})), ShapeError);
}

TEST_CASE("a mean counts more samples than a float tells apart") {
  metrics::Mean mean;
  mean.update_state(ones({(1 << 24) + 1}, bool_));
  CHECK(mean.result() == 1);
}

TEST_CASE("weights of elements reach errors and accuracies") {
  const Tensor y_true = tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}),
               y_pred = tensor({{1.5, 2.0}, {2.0, 4.0}, {5.0, 9.0}});
  const Tensor weights = tensor({{1.0, 2.0}, {0.0, 1.0}, {3.0, 1.0}});
  metrics::RootMeanSquaredError root;
  root.update_state(y_true, y_pred, weights);
  CHECK(root.result() == Approx(std::sqrt((0.25 + 9) / 8)));
  metrics::BinaryAccuracy binary;
  binary.update_state(tensor({{1, 0}, {0, 1}}), tensor({{0.9, 0.8}, {0.3, 0.2}}), tensor({{1.0, 1.0}, {3.0, 1.0}}));
  CHECK(binary.result() == Approx(4.0 / 6));
  metrics::Accuracy equal;
  equal.update_state(tensor({{1, 2}}), tensor({{1, 3}}), tensor({{3.0, 1.0}}));
  CHECK(equal.result() == 0.75);
  CHECK_THROWS_MATCHES(root.update_state(ones({4, 2}), ones({4, 2}), ones({3})), ShapeError,
                       Message("root_mean_squared_error: sample_weight [3] does not fit values of shape [4, 2]"));
}

TEST_CASE("targets and predictions of one sample each meet whichever has the axis of length 1") {
  metrics::BinaryAccuracy wide, narrow;
  wide.update_state(tensor({1.0, 0.0, 1.0}), tensor({{0.9}, {0.8}, {0.7}}));
  CHECK(wide.result() == Approx(2.0 / 3));
  narrow.update_state(tensor({{1.0}, {0.0}, {1.0}}), tensor({0.9, 0.8, 0.7}), tensor({1.0, 2.0, 1.0}));
  CHECK(narrow.result() == 0.5);
}

TEST_CASE("binary accuracy compares values, with any finite threshold") {
  metrics::BinaryAccuracy of_logits({.threshold = 0});
  of_logits.update_state(tensor({{1}, {0}, {1}}), tensor({{0.1}, {-0.1}, {0.0}}));
  CHECK(of_logits.result() == Approx(2.0 / 3));
  metrics::BinaryAccuracy soft;
  soft.update_state(tensor({{0.5}, {1.0}}), tensor({{0}, {1}}));
  CHECK(soft.result() == 0.5);
  CHECK_THROWS_MATCHES(metrics::BinaryAccuracy({.threshold = NAN}), ValueError,
                       Message("BinaryAccuracy: threshold must be finite, given nan"));
}

TEST_CASE("metrics compute in floating point whatever they are given") {
  const Tensor a = tensor({{10, 200}}, uint8), b = tensor({{200, 10}}, uint8);
  metrics::MeanSquaredError squared;
  squared.update_state(a, b);
  CHECK(squared.result() == 36100);
  metrics::RootMeanSquaredError root;
  root.update_state(a, b);
  CHECK(root.result() == 190);
  metrics::MeanAbsoluteError absolute;
  absolute.update_state(tensor({true, false}), tensor({true, true}));
  CHECK(absolute.result() == 0.5);
}

TEST_CASE("metrics refuse what they cannot measure, by their names") {
  CHECK_THROWS_MATCHES(
      metrics::SparseCategoricalAccuracy().update_state(zeros({2, 3}), zeros({2, 3})), ShapeError,
      Message("sparse_categorical_accuracy: expected labels of shape [2] for predictions [2, 3], given "
              "[2, 3]; for one-hot targets use categorical_accuracy"));
  CHECK_THROWS_MATCHES(metrics::CategoricalAccuracy().update_state(zeros({2}), zeros({2, 3})), ShapeError,
                       Message("categorical_accuracy: shapes differ: y_true [2], y_pred [2, 3]; for labels use "
                               "sparse_categorical_accuracy, or to_categorical"));
  for (const char* name :
       {"accuracy", "mse", "root_mean_squared_error", "binary_crossentropy", "categorical_accuracy"}) {
    CHECK_THROWS_WITH(metrics::Metric(name)->update_state(Tensor(), ones({1})), Contains("y_true is undefined"));
  }
  CHECK_THROWS_MATCHES(metrics::MeanMetricWrapper("own", nullptr), ValueError,
                       Message("own: the function of the metric is empty"));
}

TEST_CASE("metrics are found by name, which they keep in logs") {
  CHECK(metrics::Metric("mae")->name() == "mae");
  CHECK(metrics::Metric("acc")->name() == "acc");
  CHECK(metrics::MeanAbsoluteError().name() == "mean_absolute_error");
  CHECK_THROWS_WITH(metrics::Metric("acuracy"),
                    Contains("unknown metric \"acuracy\"; the nearest known names are \"accuracy\""));
}

TEST_CASE("a prediction that is not a number is never right") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto value = [](metrics::Metric&& metric, const Tensor& y_true, const Tensor& y_pred) {
    metric.update_state(y_true, y_pred);
    return metric.result();
  };
  // The second row is right; NaN stands at the label, before it and behind it.
  const Tensor y_pred = tensor({{0.1, nan, 0.2}, {0.1, 0.7, 0.2}, {nan, 0.7, 0.2}, {0.1, 0.7, nan}});
  const Tensor labels = tensor({1, 1, 1, 1}), rows = one_hot(labels, 3);
  CHECK(value(metrics::SparseCategoricalAccuracy(), labels, y_pred) == 0.25);
  CHECK(value(metrics::CategoricalAccuracy(), rows, y_pred) == 0.25);
  CHECK(value(metrics::SparseTopKCategoricalAccuracy({.k = 3}), labels, y_pred) == 0.25);
  CHECK(value(metrics::TopKCategoricalAccuracy({.k = 3}), rows, y_pred) == 0.25);
  CHECK(value(metrics::AccuracyByShape(), labels, y_pred) == 0.25);
  CHECK(value(metrics::BinaryAccuracy(), tensor({{0}, {1}, {1}}), tensor({{nan}, {nan}, {0.9}})) == Approx(1.0 / 3));
  CHECK(value(metrics::Accuracy(), tensor({{nan}, {1.0}}), tensor({{nan}, {1.0}})) == 0.5);
  // Nor is what is compared with NaN.
  const Tensor unknown = tensor({{0.0, nan, 0.0}, {0.0, 1.0, 0.0}}), sure = tensor({{0.1, 0.7, 0.2}, {0.1, 0.7, 0.2}});
  CHECK(value(metrics::CategoricalAccuracy(), unknown, sure) == 0.5);
  CHECK(value(metrics::TopKCategoricalAccuracy({.k = 3}), unknown, sure) == 0.5);
}

TEST_CASE("a label that names no class is a miss to an accuracy, and refused by a loss") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const char* name : {"sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"}) {
    INFO(name);
    const auto accuracy = metrics::Metric(name);
    const Tensor y_pred = concatenate({ones({5, 1}) * tensor({0.1, 0.7, 0.2}), full({1, 3}, nan)});
    accuracy->update_state(tensor({1.0, 1.5, nan, -1.0, 3.0, -1.0}), y_pred);
    CHECK(accuracy->result() == Approx(1.0 / 6));
    accuracy->reset_state();
    accuracy->update_state(tensor({1, 3, -1, 1, 255, 1}, int64), y_pred);
    CHECK(accuracy->result() == Approx(2.0 / 6));
    accuracy->reset_state();
    accuracy->update_state(tensor({{1}, {3}, {255}, {1}, {7}, {1}}, uint8), y_pred);
    CHECK(accuracy->result() == Approx(2.0 / 6));
  }
  const auto loss = metrics::Metric("sparse_categorical_crossentropy");
  const Tensor y_pred = tensor({{0.1, 0.7, 0.2}});
  CHECK_THROWS_MATCHES(loss->update_state(tensor({1.5}), y_pred), ValueError,
                       Message("sparse_categorical_crossentropy: label 1.5 at position 0 is not a whole number"));
  CHECK_THROWS_AS(loss->update_state(tensor({nan}), y_pred), ValueError);
  CHECK_THROWS_MATCHES(loss->update_state(tensor({3}), y_pred), IndexError,
                       Message("sparse_categorical_crossentropy: label 3 at position 0 is outside [0, 3)"));
  CHECK_THROWS_AS(loss->update_state(tensor({-1}), y_pred), IndexError);
  loss->update_state(tensor({1.0}), y_pred);
}

TEST_CASE("metrics want elements in the last axis, and take batches without samples") {
  for (const char* name : {"accuracy", "binary_accuracy", "categorical_accuracy", "top_k_categorical_accuracy", "mse",
                           "mae", "root_mean_squared_error", "bce", "categorical_crossentropy"}) {
    INFO(name);
    const auto metric = metrics::Metric(name);
    for (const Shape& shape : {Shape{2, 0}, Shape{0}, Shape{0, 0}}) {
      CHECK_THROWS_AS(metric->update_state(zeros(shape), zeros(shape)), ShapeError);
    }
    metric->reset_state();
    metric->update_state(zeros({0, 3}), zeros({0, 3}));
    CHECK(metric->result() == 0);
  }
  for (const char* name : {"sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"}) {
    const auto metric = metrics::Metric(name);
    CHECK_THROWS_MATCHES(metric->update_state(zeros({0}), zeros({0, 0})), ShapeError,
                         Message(std::string(name) + ": expected predictions [..., classes], given [0, 0]"));
    CHECK_THROWS_AS(metric->update_state(tensor(0.0), tensor(0.0)), ShapeError);
    metric->update_state(zeros({0}), zeros({0, 3}));
    CHECK(metric->result() == 0);
  }
}

TEST_CASE("a metric of one's own has to return a tensor") {
  metrics::MeanMetricWrapper nothing("own", [](const Tensor&, const Tensor&) { return Tensor(); });
  CHECK_THROWS_MATCHES(nothing.update_state(ones({2, 1}), ones({2, 1})), ValueError,
                       Message("own: the function of the metric returned an undefined tensor"));
}
