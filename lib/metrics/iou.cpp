#include <cmath>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/metrics/iou.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/reduction.hpp>

#include "metrics/confusion_counts.hpp"
#include "metrics/metric_with.hpp"

namespace xtape::metrics {
namespace {

// What all of them do.
struct Counting {
  int64_t num_classes;
  std::vector<int64_t> target_class_ids;
  bool whole_weights;
  std::optional<int64_t> ignore_class;
  // Whether predictions are taken for classes where they could be scores.
  bool sparse_y_pred;
  // Predictions and targets as classes.
  std::function<Tensor(const Tensor&)> true_classes, predicted_classes;
};

// Fractions are cut off, as Keras does; NaN is no class.
int64_t class_of(double number) { return number > -1e18 && number < 1e18 ? static_cast<int64_t>(number) : int64_t{-1}; }

// Whether predictions have a further axis, or a longer last one, which may be that of the classes.
bool are_scores(const Shape& prediction, const Shape& target) {
  if (prediction.rank() == target.rank() + 1) return true;
  return prediction.rank() == target.rank() && target.rank() > 1 && target.back() == 1;
}

template <class Options>
class IoUImpl : public MetricWith<Options> {
 public:
  IoUImpl(const std::string& class_name, const Options& options, Counting counting)
      : MetricWith<Options>(class_name, options), counting_(std::move(counting)) {
    const int64_t classes = counting_.num_classes;
    detail::check_at_least(1, class_name, "num_classes", classes);
    if (counting_.target_class_ids.empty()) throw ValueError(class_name + ": target_class_ids must not be empty");
    for (const int64_t id : counting_.target_class_ids) {
      if (id >= 0 && id < classes) continue;
      throw ValueError(class_name + ": target_class_ids must lie in [0, " + std::to_string(classes) + "), given " +
                       std::to_string(id));
    }
    matrix_ = this->add_variable("total_confusion_matrix", {classes, classes});
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const NoGrad no_grad;
    const std::string& name = this->name();
    detail::check_defined(name.c_str(), y_true, y_pred);
    const auto [target, prediction] =
        detail::to_same_rank(counting_.true_classes(y_true), counting_.predicted_classes(y_pred));
    if (target.shape() != prediction.shape()) {
      throw ShapeError(name + ": targets " + y_true.shape().str() + " and predictions " + y_pred.shape().str() +
                       " are classes of shapes " + target.shape().str() + " and " + prediction.shape().str() +
                       (counting_.sparse_y_pred && are_scores(prediction.shape(), target.shape())
                            ? "; of predictions that are scores of classes set sparse_y_pred = false"
                            : ""));
    }
    const Tensor weights = weights_for(name, target.shape(), sample_weight);
    const Tensor truths = target.astype(float64).contiguous(), guesses = prediction.astype(float64).contiguous();
    const double* const truth = truths.data<const double>();
    const double* const guess = guesses.data<const double>();
    const float* const weight = weights.defined() ? weights.data<const float>() : nullptr;
    double* const matrix = matrix_.data<double>();
    const int64_t classes = counting_.num_classes;
    for (int64_t i = 0; i < truths.numel(); ++i) {
      const int64_t row = class_of(truth[i]), column = class_of(guess[i]);
      if (row < 0 || row >= classes || column < 0 || column >= classes || row == counting_.ignore_class) continue;
      const double counts = weight ? static_cast<double>(weight[i]) : 1.0;
      matrix[row * classes + column] += counting_.whole_weights ? std::trunc(counts) : counts;
    }
  }

  double result() const override {
    const double* const matrix = matrix_.data<const double>();
    const int64_t classes = counting_.num_classes;
    // As Keras in float32, with its epsilons.
    float sum = 0, occurring = 0;
    for (const int64_t id : counting_.target_class_ids) {
      double row = 0, column = 0;
      for (int64_t i = 0; i < classes; ++i) {
        row += matrix[id * classes + i];
        column += matrix[i * classes + id];
      }
      const double both = matrix[id * classes + id];
      const auto either = static_cast<float>(row + column - both);
      if (!(either > 1e-9F)) continue;
      sum += static_cast<float>(both) / (either + 1e-7F);
      ++occurring;
    }
    return static_cast<double>(sum / (occurring + 1e-7F));
  }

 private:
  Counting counting_;
  Tensor matrix_;
};

std::function<Tensor(const Tensor&)> classes_of(bool sparse, Axis axis) {
  if (sparse) return [](const Tensor& classes) { return classes; };
  return [axis](const Tensor& scores) { return argmax(scores, axis); };
}

std::vector<int64_t> all_classes(const char* class_name, int64_t num_classes) {
  detail::check_at_least(1, class_name, "num_classes", num_classes);
  std::vector<int64_t> ids(static_cast<std::size_t>(num_classes));
  std::iota(ids.begin(), ids.end(), int64_t{0});
  return ids;
}

template <class Options>
Metric iou(const char* class_name, const Options& options, std::vector<int64_t> ids, bool sparse_y_true) {
  return std::make_shared<IoUImpl<Options>>(
      class_name, options,
      Counting{options.num_classes, std::move(ids), !is_floating(options.dtype), options.ignore_class,
               options.sparse_y_pred, classes_of(sparse_y_true, options.axis),
               classes_of(options.sparse_y_pred, options.axis)});
}

Metric binary_iou(const BinaryIoUOptions& options) {
  detail::check_number("BinaryIoU", "threshold", options.threshold, detail::Range::finite);
  return std::make_shared<IoUImpl<BinaryIoUOptions>>(
      "BinaryIoU", options,
      Counting{2, options.target_class_ids, !is_floating(options.dtype), std::nullopt, false, classes_of(true, -1),
               // In float32, as Keras compares.
               [threshold = static_cast<float>(options.threshold)](const Tensor& y_pred) {
                 return y_pred.astype(float32) >= threshold;
               }});
}

}  // namespace

IoU::IoU(IoUOptions options) : Metric(iou("IoU", options, options.target_class_ids, options.sparse_y_true)) {}
MeanIoU::MeanIoU(MeanIoUOptions options)
    : Metric(iou("MeanIoU", options, all_classes("MeanIoU", options.num_classes), options.sparse_y_true)) {}
BinaryIoU::BinaryIoU(BinaryIoUOptions options) : Metric(binary_iou(options)) {}
OneHotIoU::OneHotIoU(OneHotIoUOptions options) : Metric(iou("OneHotIoU", options, options.target_class_ids, false)) {}
OneHotMeanIoU::OneHotMeanIoU(OneHotMeanIoUOptions options)
    : Metric(iou("OneHotMeanIoU", options, all_classes("OneHotMeanIoU", options.num_classes), false)) {}

void IoUOptions::fields(Fields& f) {
  f("name", name)("dtype", dtype)("num_classes", num_classes)("target_class_ids", target_class_ids);
  f("ignore_class", ignore_class)("sparse_y_true", sparse_y_true)("sparse_y_pred", sparse_y_pred)("axis", axis);
}
void MeanIoUOptions::fields(Fields& f) {
  f("num_classes", num_classes)("name", name)("dtype", dtype)("ignore_class", ignore_class);
  f("sparse_y_true", sparse_y_true)("sparse_y_pred", sparse_y_pred)("axis", axis);
}
void BinaryIoUOptions::fields(Fields& f) {
  f("target_class_ids", target_class_ids)("threshold", threshold)("name", name)("dtype", dtype);
}
void OneHotIoUOptions::fields(Fields& f) {
  f("num_classes", num_classes)("target_class_ids", target_class_ids)("name", name)("dtype", dtype);
  f("ignore_class", ignore_class)("sparse_y_pred", sparse_y_pred)("axis", axis);
}
void OneHotMeanIoUOptions::fields(Fields& f) {
  f("num_classes", num_classes)("name", name)("dtype", dtype)("ignore_class", ignore_class);
  f("sparse_y_pred", sparse_y_pred)("axis", axis);
}

}  // namespace xtape::metrics
