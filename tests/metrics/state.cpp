#include <xtape/xtape.hpp>

#include "catch.hpp"

namespace xtape::test {
namespace {

// How many predictions are positive, as the header shows a metric of one's own.
struct Positives : metrics::MetricImpl {
  Positives() : MetricImpl("positives"), count(add_variable("count")) {}
  void update_state(const Tensor&, const Tensor& y_pred, const Tensor&) override { count += sum(y_pred > 0.5); }
  double result() const override { return count.item(); }
  Tensor count;
};

// One that keeps its state to itself.
struct Calls : metrics::MetricImpl {
  Calls() : MetricImpl("calls") {}
  void update_state(const Tensor&, const Tensor&, const Tensor&) override { ++calls; }
  double result() const override { return calls; }
  void reset_state() override { calls = 0; }
  int calls = 0;
};

std::vector<std::string> variable_names(const metrics::Metric& metric) {
  std::vector<std::string> names;
  for (const auto& [name, value] : metric.variables()) {
    CHECK(value.dtype() == float64);
    names.push_back(name);
  }
  return names;
}

}  // namespace

TEST_CASE("a metric's variables are its state, with Keras's names") {
  using Names = std::vector<std::string>;
  CHECK(variable_names(metrics::Mean()) == Names{"total", "count"});
  CHECK(variable_names(metrics::Sum()) == Names{"total"});
  CHECK(variable_names("accuracy") == Names{"total", "count"});
  CHECK(variable_names("root_mean_squared_error") == Names{"total", "count"});
  CHECK(variable_names(metrics::TruePositives()) == Names{"accumulator"});
  CHECK(variable_names(metrics::Precision()) == Names{"true_positives", "false_positives"});
  CHECK(variable_names(metrics::Recall()) == Names{"true_positives", "false_negatives"});
  const Names four = {"true_positives", "false_positives", "true_negatives", "false_negatives"};
  CHECK(variable_names(metrics::AUC()) == four);
  CHECK(metrics::AUC({.num_thresholds = 7}).variables().front().value.shape() == Shape{7});
  CHECK(variable_names(metrics::PrecisionAtRecall({.recall = 0.5})) == four);
  CHECK(variable_names(metrics::MeanIoU({.num_classes = 3})) == Names{"total_confusion_matrix"});
  const metrics::F1Score f1;
  CHECK(f1.variables().empty());
  f1.update_state(ones({2, 3}), ones({2, 3}));
  CHECK(variable_names(f1) == Names{"true_positives", "false_positives", "false_negatives", "intermediate_weights"});
  const metrics::R2Score r2;
  r2.update_state(ones({2, 3}), ones({2, 3}));
  CHECK(variable_names(r2) == Names{"num_samples", "squared_sum", "sum", "residual", "count"});
}

TEST_CASE("a metric of one's own with variables is reset, merged and restored") {
  const metrics::Metric a = Positives(), b = Positives(), all = Positives();
  a.update_state({}, tensor({0.1, 0.6, 0.9}));
  b.update_state({}, tensor({0.7}));
  all.merge_state({a, b});
  CHECK(all.result() == 3);
  all.merge_state({a});
  CHECK(all.result() == 5);
  a.merge_state({a});
  CHECK(a.result() == 4);
  const metrics::Metric restored = Positives();
  restored.set_variables(all.variables());
  CHECK(restored.result() == 5);
  all.reset_state();
  CHECK(all.result() == 0);
  CHECK(restored.result() == 5);
  CHECK(restored.values().item() == 5);
  CHECK(restored.values().shape() == Shape{});
}

TEST_CASE("metrics whose state has the shape of the first batch take over that of others") {
  const Tensor y_true = tensor({{1.0, 0.0}, {0.0, 1.0}}), y_pred = tensor({{0.8, 0.2}, {0.7, 0.3}});
  for (const metrics::Metric& metric :
       {metrics::Metric(metrics::F1Score()), metrics::Metric(metrics::R2Score({.class_aggregation = std::nullopt})),
        metrics::Metric(metrics::AUC({.multi_label = true}))}) {
    INFO(metric.name());
    metric.update_state(y_true, y_pred);
    const metrics::Metric fresh = metrics::deserialize(metrics::serialize(metric)),
                          empty = metrics::deserialize(metrics::serialize(metric));
    fresh.merge_state({empty, metric, empty});
    CHECK(fresh.values().to_vector<double>() == metric.values().to_vector<double>());
    metric.merge_state({empty});
    CHECK(fresh.values().to_vector<double>() == metric.values().to_vector<double>());
    empty.set_variables(metric.variables());
    CHECK(empty.values().to_vector<double>() == metric.values().to_vector<double>());
    metric.reset_state();
    CHECK_THROWS_AS(metric.update_state(ones({2, 3}), ones({2, 3})), ShapeError);
  }
}

TEST_CASE("only metrics of one kind and with the same options are merged") {
  const metrics::Metric precision = metrics::Precision();
  precision.update_state(tensor({1.0}), tensor({0.9}));
  CHECK_THROWS_MATCHES(precision.merge_state({precision, metrics::Recall()}), ValueError,
                       Message("precision: merge_state: recall is another kind of metric, or has other options"));
  CHECK_THROWS_AS(precision.merge_state({metrics::Precision({.thresholds = 0.4})}), ValueError);
  CHECK_THROWS_AS(precision.merge_state({metrics::AUC()}), ValueError);
  CHECK_THROWS_AS(precision.merge_state({metrics::Metric()}), ValueError);
  CHECK(precision.variables().front().value.item() == 1);
  const metrics::Metric named = metrics::Precision({.name = "other"});
  named.merge_state({precision});
  CHECK(named.result() == 1);

  const metrics::F1Score two, three;
  two.update_state(ones({1, 2}), ones({1, 2}));
  three.update_state(ones({1, 3}), ones({1, 3}));
  CHECK_THROWS_MATCHES(two.merge_state({three}), ShapeError,
                       Message("f1_score: merge_state: true_positives has the shape [2], given [3]"));
  CHECK_THROWS_MATCHES(metrics::Mean().set_variables(precision.variables()), ValueError,
                       Message("mean: set_variables: expected the variables total, count, given true_positives, "
                               "false_positives"));
  const metrics::Metric calls = Calls();
  CHECK_THROWS_MATCHES(calls.merge_state({Calls()}), ValueError,
                       Message("calls: merge_state: there are no variables to add; a metric of one's own makes them "
                               "with add_variable, or has a merge_state of its own"));
  calls.merge_state({});
}

TEST_CASE("a state counts millions of samples exactly in the memory it begins with") {
  const metrics::Metric counts = metrics::TruePositives(), auc = metrics::AUC(), accuracy = "binary_accuracy";
  const Tensor y = ones({1 << 18}), y_pred = full({1 << 18}, 0.75);
  for (const auto& metric : {counts, auc, accuracy}) metric.update_state(y, y_pred);
  const int64_t bytes = memory_statistics().allocated_bytes;
  for (int i = 1; i < 72; ++i) {
    for (const auto& metric : {counts, auc, accuracy}) metric.update_state(y, y_pred);
  }
  CHECK(memory_statistics().allocated_bytes == bytes);
  // A float ends at 2^24 = 64 of these.
  CHECK(counts.result() == 72.0 * (1 << 18));
  CHECK(accuracy.result() == 1);
}

TEST_CASE("masks of predictions go into the weights of means, as in Keras, and what is masked may be no number") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor labels = tensor({{0, 1, 1}, {1, 0, 0}});
  const Tensor scores = tensor({{{0.9, 0.1}, {0.2, 0.8}, {nan, 0.4}}, {{0.7, 0.3}, {nan, nan}, {nan, nan}}});
  const Tensor mask = tensor({{true, true, false}, {true, false, false}});
  const metrics::SparseCategoricalAccuracy accuracy;
  accuracy.update_state(labels, with_mask(scores, mask));
  CHECK(accuracy.result() == Approx(2.0 / 3));
  accuracy.reset_state();
  accuracy.update_state(labels, with_mask(scores, mask), tensor({1.0, 3.0}));
  CHECK(accuracy.result() == Approx(2.0 / 5));
  accuracy.reset_state();
  accuracy.update_state(labels, with_mask(scores, mask), tensor({{1.0, 2.0, 5.0}, {3.0, 5.0, 5.0}}));
  CHECK(accuracy.result() == 0.5);
  const metrics::MeanAbsoluteError error;
  error.update_state(zeros({2, 3, 2}), with_mask(scores, mask));
  CHECK(error.result() == Approx((0.5 + 0.5 + 0.5) / 3));
  const metrics::Metric by_shape = "accuracy";
  by_shape.update_state(labels, with_mask(scores, mask));
  CHECK(by_shape.result() == Approx(2.0 / 3));
  // As in Keras.
  const metrics::TruePositives count;
  count.update_state(ones({2, 3}), with_mask(ones({2, 3}), mask));
  CHECK(count.result() == 6);
}

TEST_CASE("all of Keras's names of metrics without arguments are known") {
  for (const char* name : {"Mean",
                           "mean",
                           "Sum",
                           "sum",
                           "AUC",
                           "auc",
                           "FalseNegatives",
                           "false_negatives",
                           "FalsePositives",
                           "false_positives",
                           "Precision",
                           "precision",
                           "Recall",
                           "recall",
                           "TrueNegatives",
                           "true_negatives",
                           "TruePositives",
                           "true_positives",
                           "ConcordanceCorrelation",
                           "concordance_correlation",
                           "PearsonCorrelation",
                           "pearson_correlation",
                           "Accuracy",
                           "accuracy",
                           "acc",
                           "ACC",
                           "BinaryAccuracy",
                           "binary_accuracy",
                           "CategoricalAccuracy",
                           "categorical_accuracy",
                           "SparseCategoricalAccuracy",
                           "sparse_categorical_accuracy",
                           "TopKCategoricalAccuracy",
                           "top_k_categorical_accuracy",
                           "SparseTopKCategoricalAccuracy",
                           "sparse_top_k_categorical_accuracy",
                           "F1Score",
                           "f1_score",
                           "FBetaScore",
                           "f_beta_score",
                           "BinaryIoU",
                           "binary_io_u",
                           "MeanSquaredError",
                           "mean_squared_error",
                           "mse",
                           "MSE",
                           "RootMeanSquaredError",
                           "root_mean_squared_error",
                           "MeanAbsoluteError",
                           "mean_absolute_error",
                           "mae",
                           "MAE",
                           "R2Score",
                           "r2_score",
                           "BinaryCrossentropy",
                           "binary_crossentropy",
                           "bce",
                           "BCE",
                           "CategoricalCrossentropy",
                           "SparseCategoricalCrossentropy"}) {
    INFO(name);
    const metrics::Metric metric = name;
    CHECK(metric.name() == name);
    const Config config = metrics::serialize(metric);
    const metrics::Metric again = metrics::deserialize(config);
    CHECK(again.name() == name);
    CHECK(metrics::serialize(again) == config);
  }
  // These need arguments, in Keras too. Metric and MeanMetricWrapper have no meaning without a class or a function.
  CHECK_THROWS_MATCHES(metrics::Metric("io_u"), ValueError, Message("IoU: num_classes must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(metrics::Metric("MeanIoU"), ValueError,
                       Message("MeanIoU: num_classes must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(metrics::Metric("PrecisionAtRecall"), ValueError,
                       Message("PrecisionAtRecall: recall must lie between 0 and 1, given nan"));
  CHECK_THROWS_AS(metrics::Metric("mean_metric_wrapper"), ValueError);
}

TEST_CASE("Sum adds up what belongs to a sample, and values are not targets") {
  metrics::Sum sum;
  sum.update_state(tensor({1.0, 3.0, 5.0, 7.0}));
  CHECK(sum.result() == 16);
  sum.update_state(tensor({{1.0, 3.0}, {5.0, 7.0}}), tensor({1.0, 0.0}));
  CHECK(sum.result() == 20);
  sum.update_state(2, 3);
  CHECK(sum.result() == 26);
  sum.reset_state();
  CHECK(sum.result() == 0);
  CHECK_THROWS_MATCHES(sum.update_state(ones({4}), ones({5})), ShapeError,
                       Message("sum: sample_weight [5] does not fit values of shape [4]"));
  const metrics::Metric mean = metrics::Mean();
  CHECK_THROWS_MATCHES(mean.update_state(ones({1}), ones({1})), ValueError,
                       Message("mean: Mean takes values, not targets and predictions; in compile use a function of "
                               "both, whose mean is a metric"));
}

}  // namespace xtape::test
