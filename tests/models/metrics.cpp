#include <xtape/xtape.hpp>

#include "catch.hpp"

namespace xtape::test {

TEST_CASE("fit logs a metric of several figures by their mean, the metric has them all") {
  set_random_seed(1);
  const Tensor x = randn({60, 4}), y = one_hot(argmax(x.slice(1, {0, 3}), 1), 3);
  models::Sequential model({layers::Dense(3, {.activation = "softmax"})});
  const metrics::F1Score f1;
  const metrics::Precision precision({.thresholds = {0.2, 0.5, 0.8}});
  const metrics::AUC auc({.multi_label = true});
  model.compile({.optimizer = "sgd",
                 .loss = "categorical_crossentropy",
                 .metrics = {"accuracy", auc, f1, precision, metrics::MeanIoU({.num_classes = 2, .name = "iou"})},
                 .weighted_metrics = {"recall"}});
  const auto history = model.fit(x, y, {.batch_size = 16, .epochs = 2, .verbose = 0});
  for (const char* name : {"accuracy", "auc", "f1_score", "precision", "iou", "recall", "loss"}) {
    INFO(name);
    CHECK(history[name].size() == 2);
  }
  CHECK(f1.values().shape() == Shape{3});
  CHECK(history["f1_score"][1] == f1.result());
  CHECK(history["precision"][1] == precision.result());
  CHECK(history["auc"][1] == auc.result());
  CHECK(precision.values().shape() == Shape{3});

  // What evaluate gives is that of a pass over all predictions.
  const auto score = model.evaluate(x, y, {.verbose = 0});
  const metrics::F1Score again;
  again.update_state(y, model.predict(x, {.verbose = 0}));
  CHECK(score["f1_score"] == Approx(again.result()));
  CHECK(f1.values().to_vector<double>()[2] == Approx(again.values().to_vector<double>()[2]));
}

TEST_CASE("sample weights reach weighted metrics of counts only") {
  models::Sequential model({layers::Activation("linear")});
  const Tensor x = tensor({{0.9}, {0.8}, {0.1}}), y = tensor({{1.0}, {0.0}, {1.0}}), weights = tensor({1.0, 3.0, 2.0});
  model.compile({.loss = "mse", .metrics = {"precision"}, .weighted_metrics = {"recall", metrics::FalsePositives()}});
  const auto score = model.evaluate(x, y, {.verbose = 0, .sample_weight = weights});
  CHECK(score["precision"] == 0.5);
  CHECK(score["recall"] == Approx(1.0 / 3));
  CHECK(score["false_positives"] == 3);
}

}  // namespace xtape::test
