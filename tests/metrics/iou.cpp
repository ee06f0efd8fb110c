#include <xtape/xtape.hpp>

#include "catch.hpp"

namespace xtape::test {
namespace {

// Class 0: 1 of 3, class 1: 1 of 3; class 2 does not occur.
const Tensor y_true = tensor({0, 0, 1, 1}), y_pred = tensor({0, 1, 0, 1});

double after(const metrics::Metric& metric, const Tensor& target, const Tensor& prediction, const Tensor& weight = {}) {
  CHECK(metric.result() == 0);
  metric.update_state(target, prediction, weight);
  return metric.result();
}

}  // namespace

using metrics::BinaryIoU, metrics::IoU, metrics::MeanIoU, metrics::OneHotIoU, metrics::OneHotMeanIoU;

TEST_CASE("an intersection over union is that of the target classes that occur") {
  CHECK(after(IoU({.num_classes = 3, .target_class_ids = {0}}), y_true, y_pred) == Approx(1.0 / 3));
  CHECK(after(IoU({.num_classes = 3, .target_class_ids = {2}}), y_true, y_pred) == 0);
  CHECK(after(MeanIoU({.num_classes = 3}), y_true, y_pred) == Approx(1.0 / 3));
  CHECK(after(MeanIoU({.num_classes = 3}), y_true, y_true) == Approx(1));
  CHECK(after(MeanIoU({.num_classes = 2}), y_true.reshape({2, 2}), y_pred.reshape({2, 2}), tensor({1, 0})) ==
        Approx(0.25));
  // What is no class does not count.
  CHECK(after(MeanIoU({.num_classes = 2}), tensor({0, 1, 255, 0}), tensor({0, 1, 0, -1})) == Approx(1));
  CHECK(after(MeanIoU({.num_classes = 2, .ignore_class = 1}), y_true, y_pred) == Approx(0.25));
}

TEST_CASE("weights of an intersection over union are whole numbers unless its dtype is floating") {
  const Tensor weights = tensor({1.9, 1.0, 0.5, 2.0});
  CHECK(after(IoU({.num_classes = 2, .target_class_ids = {0}}), y_true, y_pred, weights) == Approx(1.0 / 2));
  CHECK(after(IoU({.num_classes = 2, .target_class_ids = {0}, .dtype = float32}), y_true, y_pred, weights) ==
        Approx(1.9 / 3.4));
}

TEST_CASE("classes may be those of the largest score, or of a threshold") {
  const Tensor rows = one_hot(y_true, 3), scores = one_hot(y_pred, 3) * 0.7;
  CHECK(after(OneHotIoU({.num_classes = 3, .target_class_ids = {1}}), rows, scores) == Approx(1.0 / 3));
  CHECK(after(OneHotMeanIoU({.num_classes = 3}), rows, scores) == Approx(1.0 / 3));
  CHECK(after(OneHotMeanIoU({.num_classes = 3, .sparse_y_pred = true}), rows, y_pred) == Approx(1.0 / 3));
  CHECK(after(MeanIoU({.num_classes = 3, .sparse_y_true = false, .sparse_y_pred = false, .axis = 0}), transpose(rows),
              transpose(scores)) == Approx(1.0 / 3));
  CHECK(after(BinaryIoU(), y_true, tensor({0.1, 0.5, 0.4, 0.9})) == Approx(1.0 / 3));
  CHECK(after(BinaryIoU({.target_class_ids = {1}, .threshold = 0.45}), y_true, tensor({0.1, 0.3, 0.4, 0.9})) ==
        Approx(0.5));
}

TEST_CASE("intersections over union name what they do not take") {
  CHECK_THROWS_MATCHES(MeanIoU(), ValueError, Message("MeanIoU: num_classes must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(IoU({.num_classes = 2}), ValueError, Message("IoU: target_class_ids must not be empty"));
  CHECK_THROWS_MATCHES(IoU({.num_classes = 2, .target_class_ids = {0, 2}}), ValueError,
                       Message("IoU: target_class_ids must lie in [0, 2), given 2"));
  CHECK_THROWS_MATCHES(BinaryIoU({.target_class_ids = {-1}}), ValueError,
                       Message("BinaryIoU: target_class_ids must lie in [0, 2), given -1"));
  CHECK_THROWS_WITH(BinaryIoU({.threshold = std::numeric_limits<double>::infinity()}),
                    "BinaryIoU: threshold must be finite, given inf");
  CHECK_THROWS_MATCHES(MeanIoU({.num_classes = 3}).update_state(y_true, one_hot(y_pred, 3)), ShapeError,
                       Message("mean_io_u: targets [4] and predictions [4, 3] are classes of shapes [4] and [4, 3]; of "
                               "predictions that are scores of classes set sparse_y_pred = false"));
  CHECK_THROWS_WITH(BinaryIoU().update_state(ones({4}), ones({4, 3})),
                    "binary_io_u: targets [4] and predictions [4, 3] are classes of shapes [4] and [4, 3]");
  CHECK_THROWS_WITH(MeanIoU({.num_classes = 3}).update_state(y_true, y_pred, ones({3})),
                    "mean_io_u: sample_weight [3] does not fit values of shape [4]");
  CHECK_THROWS_AS(OneHotMeanIoU({.num_classes = 3, .axis = 2}).update_state(one_hot(y_true, 3), one_hot(y_pred, 3)),
                  IndexError);
}

TEST_CASE("intersections over union are written as they were made") {
  for (const metrics::Metric& metric : {
           metrics::Metric(IoU({.num_classes = 3, .target_class_ids = {0, 2}, .name = "own", .ignore_class = 1})),
           metrics::Metric(MeanIoU({.num_classes = 3, .dtype = float32, .sparse_y_pred = false, .axis = 1})),
           metrics::Metric(BinaryIoU({.target_class_ids = {1}, .threshold = 0})),
           metrics::Metric(OneHotIoU({.num_classes = 3, .target_class_ids = {1}, .sparse_y_pred = true})),
           metrics::Metric(OneHotMeanIoU({.num_classes = 4})),
       }) {
    const Config config = metrics::serialize(metric);
    INFO(config.str());
    CHECK(metrics::serialize(metrics::deserialize(config)) == config);
  }
}

}  // namespace xtape::test
