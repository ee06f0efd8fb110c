#include <cmath>
#include <xtape/error.hpp>
#include <xtape/metrics/accuracy.hpp>
#include <xtape/metrics/mean_errors.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/indexing.hpp>

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
    const auto metric = metrics::Metric::from_name("accuracy");
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

TEST_CASE("metrics are found by name, which they keep in logs") {
  CHECK(metrics::Metric::from_name("mae")->name() == "mae");
  CHECK(metrics::Metric::from_name("acc")->name() == "acc");
  CHECK(metrics::MeanAbsoluteError().name() == "mean_absolute_error");
  CHECK_THROWS_WITH(metrics::Metric::from_name("acuracy"),
                    Contains("unknown metric \"acuracy\"; the nearest known names are \"accuracy\""));
}
