#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

namespace xtape::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Matrix {
  double tp = 0, fp = 0, tn = 0, fn = 0;
};

// Element by element.
Matrix count(const Tensor& y_true, const Tensor& y_pred, const Tensor& weights, float threshold) {
  Matrix matrix;
  const auto truth = y_true.to_vector<float>(), guess = y_pred.to_vector<float>(), weight = weights.to_vector<float>();
  for (std::size_t i = 0; i < truth.size(); ++i) {
    double& cell = guess[i] > threshold ? truth[i] != 0 ? matrix.tp : matrix.fp : truth[i] != 0 ? matrix.fn : matrix.tn;
    cell += static_cast<double>(weight[i]);
  }
  return matrix;
}

template <class Made, class Options>
double result_of(const Options& options, const Tensor& y_true, const Tensor& y_pred, const Tensor& weights = {}) {
  const Made metric(options);
  metric.update_state(y_true, y_pred, weights);
  return metric.result();
}

}  // namespace

TEST_CASE("counts at thresholds, evenly spaced and not, are those of single comparisons") {
  set_random_seed(7);
  const Tensor y_true = rand({40, 3}) > 0.6, y_pred = rand({40, 3}), weights = rand({40, 3});
  for (const std::vector<double>& thresholds :
       {std::vector<double>{0.5}, {0.8, 0.1, 0.1, 0.3}, {0, 0.25, 0.5, 0.75, 1}, {0, 1}, {1.0, 0.5, 0.0}}) {
    const metrics::Metric all[] = {
        metrics::TruePositives({.thresholds = thresholds}), metrics::FalsePositives({.thresholds = thresholds}),
        metrics::TrueNegatives({.thresholds = thresholds}), metrics::FalseNegatives({.thresholds = thresholds}),
        metrics::Precision({.thresholds = thresholds}),     metrics::Recall({.thresholds = thresholds})};
    for (const metrics::Metric& metric : all) metric.update_state(y_true, y_pred, weights);
    for (std::size_t i = 0; i < thresholds.size(); ++i) {
      const Matrix m = count(y_true, y_pred, weights, static_cast<float>(thresholds[i]));
      const double expected[] = {
          m.tp, m.fp, m.tn, m.fn, m.tp / std::max(m.tp + m.fp, 1e-9), m.tp / std::max(m.tp + m.fn, 1e-9)};
      for (int kind = 0; kind < 6; ++kind) {
        INFO(all[kind].name() << " at " << thresholds[i]);
        CHECK(all[kind].values().to_vector<double>()[i] == Approx(expected[kind]));
      }
    }
    const auto values = all[4].values().to_vector<double>();
    CHECK(all[4].values().shape() == (values.size() == 1 ? Shape{} : Shape{static_cast<int64_t>(values.size())}));
    // What fit logs.
    double mean = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    CHECK(all[4].result() == Approx(mean));
  }
}

TEST_CASE("weights of samples, of steps and of elements reach counts") {
  const Tensor y_true = tensor({{1, 0}, {1, 1}}), y_pred = tensor({{0.9, 0.8}, {0.2, 0.7}});
  using metrics::CountOptions;
  CHECK(result_of<metrics::TruePositives>(CountOptions{}, y_true, y_pred, tensor({2.0, 3.0})) == 5);
  CHECK(result_of<metrics::TruePositives>(CountOptions{}, y_true, y_pred, tensor({{2.0}, {3.0}})) == 5);
  CHECK(result_of<metrics::TruePositives>(CountOptions{}, y_true, y_pred, tensor({{2.0, 7.0}, {7.0, 3.0}})) == 5);
  CHECK(result_of<metrics::TruePositives>(CountOptions{}, y_true, y_pred, tensor(2.0)) == 4);
  CHECK(result_of<metrics::TruePositives>(CountOptions{}, tensor({1.0, 1.0}), tensor({{0.9}, {0.8}}),
                                          tensor({2.0, 3.0})) == 5);
  CHECK(result_of<metrics::FalseNegatives>(CountOptions{}, y_true, y_pred, tensor({2.0, 3.0})) == 3);
  CHECK_THROWS_MATCHES(metrics::Precision().update_state(y_true, y_pred, ones({3})), ShapeError,
                       Message("precision: sample_weight [3] does not fit values of shape [2, 2]"));
}

TEST_CASE("weights of steps meet predictions with an axis of length 1 behind them") {
  set_random_seed(9);
  const Tensor y_true = (rand({3, 4, 1}) > 0.5).astype(float32), y_pred = rand({3, 4, 1});
  const metrics::Metric all[] = {metrics::Recall(),
                                 metrics::Precision(),
                                 metrics::AUC(),
                                 metrics::TruePositives(),
                                 metrics::FalseNegatives(),
                                 metrics::BinaryIoU(),
                                 metrics::SensitivityAtSpecificity({.specificity = 0.5})};
  // Beside them, the same of whole elements.
  const auto agree = [&](const Tensor& weights, const Tensor& of_elements) {
    for (const metrics::Metric& metric : all) {
      INFO(metric.name() << " " << weights.shape().str());
      metric.reset_state();
      metric.update_state(y_true, y_pred, weights);
      const double result = metric.result();
      metric.reset_state();
      metric.update_state(y_true.reshape({12}), y_pred.reshape({12}), of_elements.contiguous().reshape({12}));
      CHECK(result == metric.result());
    }
  };
  const Tensor steps = rand({3, 4}), samples = rand({3, 1});
  agree(steps, steps);
  agree(steps.expand_dims(-1), steps);
  agree(samples, samples.broadcast_to({3, 4}));
  agree(samples.squeeze(-1), samples.broadcast_to({3, 4}));
  for (const metrics::Metric& metric : all) {
    CHECK_THROWS_MATCHES(metric.update_state(y_true, y_pred, ones({3, 5})), ShapeError,
                         Message(metric.name() + ": sample_weight [3, 5] does not fit values of shape [3, 4, 1]"));
  }
}

TEST_CASE("top_k lets the largest predictions of a row be positive, class_id one class count") {
  const Tensor y_true = tensor({{0, 1, 1}, {1, 0, 0}}), y_pred = tensor({{0.3, 0.2, 0.1}, {0.1, 0.1, 0.1}});
  using metrics::PrecisionOptions;
  // Of equal ones the first.
  CHECK(result_of<metrics::Recall>(PrecisionOptions{.top_k = 1}, y_true, y_pred) == Approx(1.0 / 3));
  CHECK(result_of<metrics::Recall>(PrecisionOptions{.top_k = 2}, y_true, y_pred) == Approx(2.0 / 3));
  CHECK(result_of<metrics::Precision>(PrecisionOptions{.top_k = 2}, y_true, y_pred) == 0.5);
  CHECK(result_of<metrics::Precision>(PrecisionOptions{.top_k = 3}, y_true, y_pred) == 0.5);
  CHECK(result_of<metrics::Precision>(PrecisionOptions{.thresholds = 0.15, .top_k = 2}, y_true, y_pred) == 0.5);
  CHECK(result_of<metrics::Recall>(PrecisionOptions{.top_k = 2, .class_id = 1}, y_true, y_pred) == 1);
  CHECK(result_of<metrics::Precision>(PrecisionOptions{.top_k = 2, .class_id = 1}, y_true, y_pred) == 0.5);
  CHECK(result_of<metrics::Precision>(PrecisionOptions{.thresholds = 0.25, .class_id = 0}, y_true, y_pred) == 0);
  CHECK(result_of<metrics::Precision>(PrecisionOptions{.top_k = 2, .class_id = 1}, y_true, y_pred,
                                      tensor({3.0, 1.0})) == 0.75);
  // NaN is not among the largest.
  CHECK(result_of<metrics::Recall>(PrecisionOptions{.top_k = 1}, tensor({{1, 0}}), tensor({{0.1, nan}})) == 1);
}

TEST_CASE("nothing to divide by is 0, and NaN is not positive") {
  const metrics::Precision precision;
  CHECK(precision.result() == 0);
  precision.update_state(tensor({0.0}), tensor({0.1}));
  CHECK(precision.result() == 0);
  precision.update_state(tensor({0.0, 1.0}), tensor({nan, 0.9}));
  CHECK(precision.result() == 1);
  const metrics::AUC auc;
  auc.update_state(tensor({1.0, 0.0}), tensor({nan, 0.5}));
  CHECK(auc.result() == 0);
}

TEST_CASE("AUC is the part of pairs in order, and takes its points as asked for") {
  set_random_seed(3);
  const Tensor y_true = rand({300}) > 0.7, y_pred = clip(rand({300}) * 0.7 + y_true.astype(float32) * 0.3, 0, 1);
  const auto truth = y_true.to_vector<float>(), guess = y_pred.to_vector<float>();
  double ordered = 0, pairs = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    for (std::size_t j = 0; j < truth.size(); ++j) {
      if (truth[i] <= truth[j]) continue;
      ++pairs;
      ordered += guess[i] > guess[j] ? 1.0 : guess[i] == guess[j] ? 0.5 : 0.0;
    }
  }
  using metrics::AUCOptions;
  CHECK(result_of<metrics::AUC>(AUCOptions{.num_thresholds = 100001}, y_true, y_pred) == Approx(ordered / pairs));
  const double low = result_of<metrics::AUC>(AUCOptions{.summation_method = "minoring"}, y_true, y_pred);
  const double high = result_of<metrics::AUC>(AUCOptions{.summation_method = "majoring"}, y_true, y_pred);
  const double middle = result_of<metrics::AUC>(AUCOptions{}, y_true, y_pred);
  CHECK(low < middle);
  CHECK(middle < high);
  CHECK(middle == Approx((low + high) / 2));
  // The same points, given as a list: the others round as comparisons do.
  CHECK(result_of<metrics::AUC>(AUCOptions{.thresholds = {0.75, 0.25, 0.5}}, y_true, y_pred) ==
        Approx(result_of<metrics::AUC>(AUCOptions{.num_thresholds = 5}, y_true, y_pred)));
  CHECK(result_of<metrics::AUC>(AUCOptions{.thresholds = {0.2, 0.9}}, y_true, y_pred) > 0.5);
  CHECK(result_of<metrics::AUC>(AUCOptions{.from_logits = true}, y_true, log(y_pred / (1 - y_pred))) ==
        Approx(middle).margin(0.01));
  CHECK(result_of<metrics::AUC>(AUCOptions{.curve = "pr"}, y_true, y_true.astype(float32)) == Approx(1));
  CHECK(result_of<metrics::AUC>(AUCOptions{.curve = "PRGAIN"}, y_true, y_true.astype(float32)) == Approx(1));
  CHECK(result_of<metrics::AUC>(AUCOptions{.curve = "PRGAIN"}, y_true, y_pred) < 1);
}

TEST_CASE("AUC of several labels is the weighted mean of theirs") {
  set_random_seed(5);
  const Tensor y_true = rand({50, 2}) > 0.5, y_pred = rand({50, 2});
  using metrics::AUCOptions;
  double each[2];
  for (int label = 0; label < 2; ++label) {
    each[label] =
        result_of<metrics::AUC>(AUCOptions{}, y_true.slice(1, {label, label + 1}), y_pred.slice(1, {label, label + 1}));
  }
  CHECK(result_of<metrics::AUC>(AUCOptions{.multi_label = true}, y_true, y_pred) == Approx((each[0] + each[1]) / 2));
  CHECK(result_of<metrics::AUC>(AUCOptions{.multi_label = true, .num_labels = 2, .label_weights = {3, 1}}, y_true,
                                y_pred) == Approx((3 * each[0] + each[1]) / 4));
  // Without multi_label they weigh elements.
  CHECK(result_of<metrics::AUC>(AUCOptions{.label_weights = {1, 0}}, y_true, y_pred) == Approx(each[0]));
  CHECK(result_of<metrics::AUC>(AUCOptions{.label_weights = {1, 0}}, y_true, y_pred, ones({50})) == Approx(each[0]));
}

TEST_CASE("the best of one measure where another is enough") {
  const Tensor y_true = tensor({0, 0, 0, 1, 1}), y_pred = tensor({0.0, 0.3, 0.8, 0.3, 0.8});
  using namespace metrics;
  CHECK(result_of<SensitivityAtSpecificity>(SensitivityAtSpecificityOptions{.specificity = 0.6}, y_true, y_pred) ==
        0.5);
  CHECK(result_of<SpecificityAtSensitivity>(SpecificityAtSensitivityOptions{.sensitivity = 0.4}, y_true, y_pred) ==
        Approx(2.0 / 3));
  CHECK(result_of<PrecisionAtRecall>(PrecisionAtRecallOptions{.recall = 0.8}, y_true, y_pred) == 0.5);
  CHECK(result_of<RecallAtPrecision>(RecallAtPrecisionOptions{.precision = 0.5}, y_true, y_pred) == 1);
  CHECK(result_of<RecallAtPrecision>(RecallAtPrecisionOptions{.precision = 0.9}, y_true, y_pred) == 0);
  CHECK(result_of<RecallAtPrecision>(RecallAtPrecisionOptions{.precision = 0.5, .num_thresholds = 1}, y_true, y_pred) ==
        0.5);
  CHECK(PrecisionAtRecall({.recall = 0.5}).result() == 0);
}

TEST_CASE("metrics of counts name the option that is out of its range") {
  using namespace metrics;
  const auto refuses = [](const auto& make, const char* message) {
    CHECK_THROWS_MATCHES(make(), ValueError, Message(message));
  };
  refuses([] { Precision({.thresholds = 1.5}); }, "Precision: thresholds must lie between 0 and 1, given 1.5");
  refuses(
      [] {
        TruePositives({.thresholds = {0.5, -0.1}});
      },
      "TruePositives: thresholds must lie between 0 and 1, given -0.1");
  refuses([] { Recall({.thresholds = std::vector<double>()}); }, "Recall: thresholds must not be an empty list");
  refuses([] { Recall({.thresholds = nan}); }, "Recall: thresholds must lie between 0 and 1, given nan");
  refuses([] { Recall({.top_k = 0}); }, "Recall: top_k must be at least 1, given 0");
  refuses([] { Recall({.class_id = -1}); }, "Recall: class_id must be at least 0, given -1");
  refuses([] { RecallAtPrecision(); }, "RecallAtPrecision: precision must lie between 0 and 1, given nan");
  refuses([] { PrecisionAtRecall({.recall = 1.1}); }, "PrecisionAtRecall: recall must lie between 0 and 1, given 1.1");
  refuses([] { SensitivityAtSpecificity({.specificity = -1}); },
          "SensitivityAtSpecificity: specificity must lie between 0 and 1, given -1.0");
  refuses([] { SpecificityAtSensitivity({.sensitivity = 2}); },
          "SpecificityAtSensitivity: sensitivity must lie between 0 and 1, given 2.0");
  refuses([] { PrecisionAtRecall({.recall = 0.5, .num_thresholds = 0}); },
          "PrecisionAtRecall: num_thresholds must be at least 1, given 0");
  refuses([] { PrecisionAtRecall({.recall = 0.5, .class_id = -2}); },
          "PrecisionAtRecall: class_id must be at least 0, given -2");
  refuses([] { AUC({.num_thresholds = 1}); }, "AUC: num_thresholds must be at least 2, given 1");
  refuses([] { AUC({.num_thresholds = 1048577}); }, "AUC: num_thresholds must be at most 1048576, given 1048577");
  refuses([] { PrecisionAtRecall({.recall = 0.5, .num_thresholds = 1048577}); },
          "PrecisionAtRecall: num_thresholds must be at most 1048576, given 1048577");
  refuses([] { AUC({.curve = "ROCK"}); },
          "unknown curve of AUC \"ROCK\"; the nearest known names are \"ROC\", \"PR\", \"PRGAIN\"");
  CHECK_THROWS_WITH(AUC({.summation_method = "trapezoid"}), Contains("unknown summation_method of AUC \"trapezoid\""));
  refuses([] { AUC({.thresholds = {0.5, 2}}); }, "AUC: thresholds must lie between 0 and 1, given 2.0");
  refuses([] { AUC({.num_labels = 2}); }, "AUC: num_labels is given, which needs multi_label");
  refuses([] { AUC({.multi_label = true, .num_labels = 0}); }, "AUC: num_labels must be at least 1, given 0");
  refuses([] { AUC({.label_weights = std::vector<double>()}); }, "AUC: label_weights must not be an empty list");
  CHECK_THROWS_WITH(AUC({.label_weights = {1, -1}}), Contains("AUC: label_weights must be"));
  refuses(
      [] {
        AUC({.multi_label = true, .num_labels = 2, .label_weights = {1, 2, 3}});
      },
      "AUC: label_weights are 3, num_labels is 2");
}

TEST_CASE("metrics of counts name the shapes that do not fit, and change nothing then") {
  using namespace metrics;
  const auto refuses = [](const Metric& metric, const Shape& y_true, const Shape& y_pred, const char* message) {
    CHECK_THROWS_WITH(metric.update_state(ones(y_true), ones(y_pred)), message);
    CHECK(metric.result() == 0);
  };
  refuses(Precision(), {2}, {2, 3},
          "precision: shapes differ: y_true [2], y_pred [2, 3]; for labels of 3 classes use to_categorical and "
          "categorical_crossentropy, for one number each end the model with Dense(1)");
  refuses(AUC(), {2, 1}, {2, 3},
          "auc: shapes differ: y_true [2, 1], y_pred [2, 3]; for labels of 3 classes use to_categorical and "
          "categorical_crossentropy, for one number each end the model with Dense(1)");
  refuses(Recall({.top_k = 4}), {2, 3}, {2, 3},
          "recall: top_k of 4 needs as many predictions in the last axis, given [2, 3]");
  refuses(Recall({.class_id = 3}), {2, 3}, {2, 3}, "recall: class_id 3 is none of the 3 classes of predictions [2, 3]");
  refuses(Recall({.class_id = 0}), {2}, {2}, "recall: with class_id expected predictions [..., classes], given [2]");
  refuses(AUC({.multi_label = true}), {2}, {2},
          "auc: with multi_label expected predictions [batch, labels], given [2]");
  refuses(AUC({.multi_label = true, .num_labels = 2}), {2, 3}, {2, 3},
          "auc: expected predictions of 2 labels, given [2, 3]");
  refuses(AUC({.label_weights = {1, 2}}), {2, 3}, {2, 3}, "auc: there are 2 label_weights, given predictions [2, 3]");
  const AUC auc({.multi_label = true});
  auc.update_state(ones({1, 2}), ones({1, 2}));
  CHECK_THROWS_WITH(auc.update_state(ones({1, 3}), ones({1, 3})),
                    "auc: expected predictions of 2 labels, as in the first batch, given [1, 3]");
  CHECK_THROWS_WITH(auc.update_state(Tensor(), ones({1, 3})), "auc: y_true is undefined");
}

TEST_CASE("options of counts are written as Keras does") {
  using namespace metrics;
  CHECK(Precision({.thresholds = 0.4}).get_config().at("thresholds") == Config(0.4));
  CHECK(Precision({.thresholds = {0.4}}).get_config().at("thresholds") == Config(Config::List{0.4}));
  CHECK(Precision().get_config().at("thresholds").is_null());
  const Config auc = AUC({.curve = "pr", .summation_method = "Minoring", .thresholds = {0.5, 0.2}}).get_config();
  CHECK(auc.at("curve").text() == "PR");
  CHECK(auc.at("summation_method").text() == "minoring");
  CHECK(auc.at("num_thresholds").integer() == 4);
  for (const Metric& metric : {
           Metric(TrueNegatives({.thresholds = {0.1, 0.2}, .name = "tn"})),
           Metric(Recall({.thresholds = 0.2, .top_k = 3, .class_id = 1})),
           Metric(AUC({.num_thresholds = 9, .multi_label = true, .num_labels = 2, .label_weights = {1, 2}})),
           Metric(AUC({.thresholds = {0.1, 0.7}, .from_logits = true})),
           Metric(PrecisionAtRecall({.recall = 0.25, .num_thresholds = 7, .class_id = 1})),
           Metric(SensitivityAtSpecificity({.specificity = 0.5})),
           Metric(SpecificityAtSensitivity({.sensitivity = 0.5})),
           Metric(RecallAtPrecision({.precision = 0.5})),
       }) {
    const Config config = serialize(metric);
    INFO(config.str());
    CHECK(serialize(deserialize(config)) == config);
  }
}

}  // namespace xtape::test
