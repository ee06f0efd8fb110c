#include <xtape/xtape.hpp>

#include "catch.hpp"

namespace xtape::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Of single classes: 2 tp / (2 tp + fp + fn).
const Tensor y_true = tensor({{1, 0, 0}, {0, 1, 0}, {0, 1, 0}, {0, 0, 1}});
const Tensor y_pred = tensor({{0.8, 0.1, 0.1}, {0.6, 0.3, 0.1}, {0.1, 0.8, 0.1}, {0.2, 0.2, 0.6}});

double average(const char* how) {
  const metrics::F1Score score({.average = how});
  score.update_state(y_true, y_pred);
  return score.result();
}

}  // namespace

TEST_CASE("F1 is a number for each class, or one of all") {
  const metrics::F1Score each;
  CHECK(each.result() == 0);
  CHECK(each.values().item() == 0);
  each.update_state(y_true, y_pred);
  const std::vector<double> values = each.values().to_vector<double>();
  CHECK(each.values().shape() == Shape{3});
  CHECK(values[0] == Approx(2.0 / 3));
  CHECK(values[1] == Approx(2.0 / 3));
  CHECK(values[2] == Approx(1));
  CHECK(each.result() == Approx(7.0 / 9));
  CHECK(average("macro") == Approx(7.0 / 9));
  CHECK(average("micro") == Approx(3.0 / 4));
  CHECK(average("weighted") == Approx((2.0 / 3 * 1 + 2.0 / 3 * 2 + 1) / 4));
  each.reset_state();
  CHECK(each.result() == 0);
}

TEST_CASE("beta weighs recall, a threshold finds several classes, weights count") {
  const metrics::FBetaScore recall({.average = "micro", .beta = 1000});
  recall.update_state(tensor({{1, 1}}), tensor({{0.9, 0.1}}));
  CHECK(recall.result() == Approx(0.5).margin(1e-4));
  const metrics::F1Score threshold({.average = "micro", .threshold = 0.05});
  threshold.update_state(tensor({{1, 1}}), tensor({{0.9, 0.1}}));
  CHECK(threshold.result() == Approx(1));
  const metrics::F1Score weighted({.average = "micro"});
  weighted.update_state(y_true, y_pred, tensor({1.0, 0.0, 1.0, 1.0}));
  CHECK(weighted.result() == Approx(1));
  // No row of zeros or NaN is positive.
  const metrics::F1Score none({.average = "micro"});
  none.update_state(tensor({{1, 0}, {1, 0}}), tensor({{0.0, 0.0}, {nan, 0.9}}));
  CHECK(none.result() == 0);
  CHECK(none.variables()[1].value.item() == 0);
}

TEST_CASE("R2 is that of least squares, for each output or their mean") {
  const Tensor truth = tensor({{3.0, 1.0}, {-0.5, 2.0}, {2.0, 4.0}, {7.0, 3.0}});
  const Tensor guess = tensor({{2.5, 1.0}, {0.0, 2.0}, {2.0, 3.0}, {8.0, 3.0}});
  // 1 - 1.5 / 29.1875 and 1 - 1 / 5.
  const metrics::R2Score each({.class_aggregation = std::nullopt}), uniform,
      weighted({.class_aggregation = "variance_weighted_average"});
  CHECK(std::isnan(uniform.result()));
  for (const auto& metric : {metrics::Metric(each), metrics::Metric(uniform), metrics::Metric(weighted)}) {
    metric.update_state(truth.slice(0, {0, 1}), guess.slice(0, {0, 1}));
    metric.update_state(truth.slice(0, {1, 4}), guess.slice(0, {1, 4}));
  }
  CHECK(each.values().to_vector<double>()[0] == Approx(1 - 1.5 / 29.1875));
  CHECK(each.values().to_vector<double>()[1] == Approx(0.8));
  CHECK(uniform.result() == Approx((1 - 1.5 / 29.1875 + 0.8) / 2));
  CHECK(each.result() == Approx(uniform.result()));
  CHECK(weighted.result() == Approx(1 - 2.5 / 34.1875));
  const metrics::R2Score adjusted({.num_regressors = 1});
  const Tensor first = truth.slice(1, {0, 1}), guessed = guess.slice(1, {0, 1});
  adjusted.update_state(first, guessed);
  CHECK(adjusted.result() == Approx(1 - (1.5 / 29.1875) * 3 / 2));
  // Fewer samples than that needs: as it is.
  const metrics::R2Score few({.num_regressors = 3});
  few.update_state(first, guessed);
  CHECK(few.result() == Approx(1 - 1.5 / 29.1875));
}

TEST_CASE("R2 of far numbers keeps its digits, and that of equal targets is 0") {
  const metrics::R2Score far;
  far.update_state(tensor({{10001.0}, {10002.0}, {10003.0}}, float64),
                   tensor({{10001.0}, {10002.0}, {10004.0}}, float64));
  CHECK(far.result() == Approx(0.5));
  const metrics::R2Score equal;
  for (int i = 0; i < 10; ++i) equal.update_state(tensor({{0.1}, {0.1}, {0.1}}), tensor({{0.3}, {0.2}, {0.1}}));
  CHECK(equal.result() == 0);
  const metrics::R2Score weights;
  weights.update_state(tensor({{1.0}, {2.0}, {5.0}}), tensor({{1.0}, {3.0}, {0.0}}), tensor({1.0, 1.0, 0.0}));
  CHECK(weights.result() == Approx(1 - 1 / 0.5));
  CHECK(weights.variables().front().value.item() == 2);
}

TEST_CASE("correlations of rows are averaged") {
  const Tensor truth = tensor({{1.0, 2.0, 3.0}, {1.0, 2.0, 3.0}}), guess = tensor({{2.0, 4.0, 6.0}, {3.0, 2.0, 1.0}});
  metrics::PearsonCorrelation pearson;
  CHECK(pearson.result() == 0);
  pearson.update_state(truth, guess);
  CHECK(pearson.result() == Approx(0).margin(1e-6));
  pearson.reset_state();
  pearson.update_state(truth, guess, tensor({3.0, 1.0}));
  CHECK(pearson.result() == Approx(0.5));
  // 2 * 4/3 / (2/3 + 8/3 + 4) and -1.
  metrics::ConcordanceCorrelation concordance;
  concordance.update_state(truth, guess);
  CHECK(concordance.result() == Approx((4.0 / 11 - 1) / 2));
  metrics::PearsonCorrelation columns({.axis = 0});
  columns.update_state(transpose(truth), transpose(guess));
  CHECK(columns.result() == Approx(0).margin(1e-6));
  metrics::PearsonCorrelation constant;
  constant.update_state(ones({1, 3}), tensor({{1.0, 2.0, 3.0}}));
  CHECK(std::isnan(constant.result()));
  CHECK_THROWS_AS(metrics::PearsonCorrelation({.axis = 2}).update_state(truth, guess), IndexError);
  CHECK_THROWS_MATCHES(
      pearson.update_state(ones({2}), ones({2, 3})), ShapeError,
      Message("pearson_correlation: shapes differ: y_true [2], y_pred [2, 3]; for labels of 3 classes use "
              "to_categorical and categorical_crossentropy, for one number each end the model with Dense(1)"));
}

TEST_CASE("scores and correlations name what is out of its range, and are written as they were made") {
  using namespace metrics;
  CHECK_THROWS_WITH(F1Score({.average = "makro"}),
                    Contains("unknown average of F1Score \"makro\"") && Contains("macro"));
  CHECK_THROWS_MATCHES(FBetaScore({.beta = 0}), ValueError,
                       Message("FBetaScore: beta must be positive and finite, given 0.0"));
  CHECK_THROWS_WITH(F1Score({.threshold = 1.5}), "F1Score: threshold must lie between 0 and 1, given 1.5");
  CHECK_THROWS_AS(F1Score({.threshold = 0}), ValueError);
  CHECK_THROWS_WITH(R2Score({.class_aggregation = "uniform"}), Contains("unknown class_aggregation of R2Score"));
  CHECK_THROWS_WITH(R2Score({.num_regressors = -1}), "R2Score: num_regressors must be at least 0, given -1");
  CHECK_THROWS_WITH(F1Score().update_state(ones({2}), ones({2})),
                    "f1_score: expected targets and predictions [batch, classes], given [2] and [2]");
  CHECK_THROWS_WITH(R2Score().update_state(ones({2}), ones({2})),
                    "r2_score: expected targets and predictions [batch, outputs], given [2] and [2]");
  CHECK_THROWS_AS(F1Score().update_state(ones({2, 3}), ones({2, 4})), ShapeError);
  for (const Metric& metric : {
           Metric(F1Score({.average = "macro", .threshold = 0.25, .name = "f"})),
           Metric(FBetaScore({.beta = 2})),
           Metric(R2Score({.class_aggregation = std::nullopt, .num_regressors = 2})),
           Metric(PearsonCorrelation({.axis = 0})),
           Metric(ConcordanceCorrelation({.axis = 1})),
           Metric(SparseTopKCategoricalAccuracy({.k = 3, .from_sorted_ids = true})),
       }) {
    const Config config = serialize(metric);
    INFO(config.str());
    CHECK(serialize(deserialize(config)) == config);
  }
}

TEST_CASE("predictions may be the classes themselves, best first") {
  const metrics::SparseTopKCategoricalAccuracy top({.k = 2, .from_sorted_ids = true});
  top.update_state(tensor({5, 1, 3}), tensor({{4, 5, 0}, {0, 2, 1}, {3, 9, 9}}));
  CHECK(top.result() == Approx(2.0 / 3));
}

}  // namespace xtape::test
