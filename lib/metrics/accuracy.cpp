#include <cmath>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/metrics/accuracy.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::metrics {
namespace {

// Whether fewer than k predictions exceed the label's, for each sample; false where that is not finite.
Tensor in_top_k(const Tensor& labels, const Tensor& y_pred, int64_t k) {
  const Tensor own = take_along_axis(y_pred, labels.expand_dims(-1), -1);
  return logical_and(isfinite(own.squeeze(-1)), sum(y_pred > own, -1) < k);
}

int64_t checked_k(const char* metric, int64_t k) {
  if (k < 1) throw ValueError(std::string(metric) + ": k must be at least 1, given " + std::to_string(k));
  return k;
}

std::string name_or(const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; }

}  // namespace

Accuracy::Accuracy(std::string name)
    : MeanMetricWrapper(std::move(name), [](const Tensor& y_true, const Tensor& y_pred) {
        detail::check_same_shape("accuracy", y_true, y_pred);
        return y_true == y_pred;
      }) {}

BinaryAccuracy::BinaryAccuracy(BinaryAccuracyOptions options)
    : MeanMetricWrapper(options.name, [threshold = options.threshold](const Tensor& y_true, const Tensor& y_pred) {
        detail::check_same_shape("binary_accuracy", y_true, y_pred);
        return y_true == (y_pred > threshold);
      }) {
  if (!std::isfinite(options.threshold)) {
    throw ValueError("BinaryAccuracy: threshold must be finite, given " + std::to_string(options.threshold));
  }
}

CategoricalAccuracy::CategoricalAccuracy(std::string name)
    : MeanMetricWrapper(std::move(name), [](const Tensor& y_true, const Tensor& y_pred) {
        detail::check_same_shape("categorical_accuracy", y_true, y_pred);
        return argmax(y_true, -1) == argmax(y_pred, -1);
      }) {}

SparseCategoricalAccuracy::SparseCategoricalAccuracy(std::string name)
    : MeanMetricWrapper(std::move(name), [](const Tensor& y_true, const Tensor& y_pred) {
        return detail::labels_for("sparse_categorical_accuracy", y_true, y_pred.shape()) == argmax(y_pred, -1);
      }) {}

TopKCategoricalAccuracy::TopKCategoricalAccuracy(TopKOptions options)
    : MeanMetricWrapper(
          name_or(options.name, "top_k_categorical_accuracy"),
          [k = checked_k("TopKCategoricalAccuracy", options.k)](const Tensor& y_true, const Tensor& y_pred) {
            detail::check_same_shape("top_k_categorical_accuracy", y_true, y_pred);
            return in_top_k(argmax(y_true, -1), y_pred, k);
          }) {}

SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(TopKOptions options)
    : MeanMetricWrapper(
          name_or(options.name, "sparse_top_k_categorical_accuracy"),
          [k = checked_k("SparseTopKCategoricalAccuracy", options.k)](const Tensor& y_true, const Tensor& y_pred) {
            const std::string name = "sparse_top_k_categorical_accuracy";
            const Tensor labels = detail::labels_for(name.c_str(), y_true, y_pred.shape());
            return in_top_k(detail::whole_numbers_below(name + ": label", labels, y_pred.shape(-1)), y_pred, k);
          }) {}

void AccuracyByShape::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  detail::check_defined(name().c_str(), y_true, y_pred);
  if (!metric_) {
    const int64_t true_length = y_true.rank() > 0 ? y_true.shape(-1) : 1;
    const int64_t predicted_length = y_pred.rank() > 0 ? y_pred.shape(-1) : 1;
    if (predicted_length == 1) {
      metric_ = std::make_shared<BinaryAccuracy>();
    } else if (y_true.rank() < y_pred.rank() || true_length == 1) {
      metric_ = std::make_shared<SparseCategoricalAccuracy>();
    } else {
      metric_ = std::make_shared<CategoricalAccuracy>();
    }
  }
  metric_->update_state(y_true, y_pred, sample_weight);
}

}  // namespace xtape::metrics
