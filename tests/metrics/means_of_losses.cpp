#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("metrics are means of losses over batches, weighted by samples") {
  metrics::MeanAbsolutePercentageError percentage;
  percentage.update_state(tensor({{2.0}, {4.0}}), tensor({{1.0}, {4.0}}));
  CHECK(percentage.result() == Approx(25));
  percentage.update_state(tensor({{1.0}}), tensor({{3.0}}));
  CHECK(percentage.result() == Approx(250.0 / 3));
  percentage.reset_state();
  percentage.update_state(tensor({{1.0}, {1.0}}), tensor({{2.0}, {1.0}}), tensor({1.0, 3.0}));
  CHECK(percentage.result() == Approx(25));
}

TEST_CASE("the cosine is positive for the same direction, as a metric") {
  const Tensor y_true = tensor({{1.0, 0.0}, {0.0, 2.0}}), y_pred = tensor({{3.0, 0.0}, {0.0, -1.0}});
  metrics::CosineSimilarity cosine;
  cosine.update_state(y_true, y_pred);
  CHECK(cosine.result() == Approx(0).margin(1e-12));
  cosine.reset_state();
  cosine.update_state(y_true, y_true * 5);
  CHECK(cosine.result() == Approx(1));
  metrics::CosineSimilarity along_first({.axis = 0});
  along_first.update_state(y_true, y_pred);
  CHECK(along_first.result() == Approx(0).margin(1e-12));
}

TEST_CASE("metrics of a name are called by it in logs, those that are made by Keras's") {
  const auto name_of = [](const char* name) { return metrics::Metric(name).name(); };
  for (const char* name :
       {"mape", "MAPE", "msle", "MSLE", "MSE", "MAE", "BCE", "kld", "KLD", "logcosh", "kl_divergence", "poisson",
        "hinge", "squared_hinge", "categorical_hinge", "cosine_similarity"}) {
    CHECK(name_of(name) == name);
  }
  CHECK(metrics::MeanAbsolutePercentageError().name() == "mean_absolute_percentage_error");
  CHECK(metrics::LogCoshError().name() == "logcosh");
  CHECK(metrics::KLDivergence().name() == "kl_divergence");
  CHECK(metrics::BinaryCrossentropy({.name = "surprise"}).name() == "surprise");
}

TEST_CASE("what a cross-entropy ignores is 0 in its mean, and is left out of one with weights, as in Keras") {
  const Tensor labels = tensor({0, 1, 0}), y_pred = tensor({{0.5, 0.5}, {0.9, 0.1}, {0.25, 0.75}});
  metrics::SparseCategoricalCrossentropy metric({.ignore_class = 1});
  metric.update_state(labels, y_pred);
  CHECK(metric.result() == Approx((std::log(2.0) + std::log(4.0)) / 3));
  metric.reset_state();
  metric.update_state(labels, y_pred, tensor({1.0, 7.0, 3.0}));
  CHECK(metric.result() == Approx((std::log(2.0) + 3 * std::log(4.0)) / 4));
}

TEST_CASE("metrics of losses refuse what the losses refuse") {
  CHECK_THROWS_WITH(metrics::Hinge().update_state(tensor({{3.0}}), ones({1, 1})),
                    Contains("hinge: target 3 at position [0, 0] is outside [-1, 1]"));
  CHECK_THROWS_MATCHES(metrics::CategoricalHinge().update_state(tensor({0, 2}), ones({2, 3})), ShapeError,
                       Message("categorical_hinge: shapes differ: y_true [2], y_pred [2, 3]; for labels use "
                               "to_categorical"));
  CHECK_THROWS_AS(metrics::Poisson().update_state(ones({2, 3}), ones({2, 2})), ShapeError);
  CHECK_THROWS_AS(metrics::CategoricalCrossentropy({.label_smoothing = 2}), ValueError);
}
