#include <algorithm>
#include <cmath>
#include <limits>
#include <xtape/detail/labels.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/metrics/accuracy.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "metrics/mean_of.hpp"

namespace xtape::metrics {
namespace {

template <class T>
void find_classes(const Tensor& rows, int64_t* classes) {
  const Tensor dense = rows.contiguous();
  const T* row = dense.data<const T>();
  const int64_t length = rows.shape(-1);
  const int64_t count = rows.numel() / length;
  for (int64_t i = 0; i < count; ++i, row += length) {
    int64_t largest = 0;
    bool numbers = row[0] == row[0];
    for (int64_t j = 1; j < length; ++j) {
      numbers &= row[j] == row[j];
      if (row[j] > row[largest]) largest = j;
    }
    classes[i] = numbers ? largest : -1;
  }
}

// The position of the largest element of each row; -1, which is no class, where one is NaN. One pass over rows that are
// short, as those of a batch are, is several times as fast as operations one after the other.
Tensor class_of(const Tensor& rows) {
  if (!is_floating(rows.dtype())) return argmax(rows, -1);
  const Tensor classes = empty(Shape(rows.shape().begin(), rows.shape().end() - 1), int64);
  rows.dtype() == float32 ? find_classes<float>(rows, classes.data<int64_t>())
                          : find_classes<double>(rows, classes.data<int64_t>());
  return classes;
}

// 1 where a label is that of the predicted class, else 0. One that names no class, as a loss may ignore it, never is.
Tensor same_class(const Tensor& labels, const Tensor& classes) {
  const Tensor numbers = labels.astype(float64).contiguous(), same = empty(classes.shape());
  const double* const label = numbers.data<const double>();
  const int64_t* const found = classes.data<const int64_t>();
  float* const result = same.data<float>();
  for (int64_t i = 0; i < classes.numel(); ++i) {
    result[i] = found[i] >= 0 && label[i] == static_cast<double>(found[i]) ? 1 : 0;
  }
  return same;
}

template <class T>
void find_in_top_k(const double* label, const Tensor& rows, int64_t k, float* result) {
  const T* row = rows.data<const T>();
  const int64_t length = rows.shape(-1);
  const int64_t count = rows.numel() / length;
  for (int64_t i = 0; i < count; ++i, row += length) {
    const bool is_class = label[i] >= 0 && label[i] < static_cast<double>(length) && label[i] == std::floor(label[i]);
    const T own = is_class ? row[static_cast<int64_t>(label[i])] : std::numeric_limits<T>::quiet_NaN();
    int64_t larger = 0;
    bool numbers = std::isfinite(own);
    for (int64_t j = 0; j < length; ++j) {
      larger += row[j] > own;
      numbers &= row[j] == row[j];
    }
    result[i] = numbers && larger < k ? 1 : 0;
  }
}

// 1 where fewer than k predictions exceed the label's, else 0; so too where that is not finite, a prediction is NaN, or
// the label names no class.
Tensor in_top_k(const Tensor& labels, const Tensor& y_pred, int64_t k) {
  const Tensor numbers = labels.astype(float64).contiguous(), result = empty(labels.shape());
  const Tensor rows = (is_floating(y_pred.dtype()) ? y_pred : y_pred.astype(float64)).contiguous();
  const auto* const label = numbers.data<const double>();
  rows.dtype() == float32 ? find_in_top_k<float>(label, rows, k, result.data<float>())
                          : find_in_top_k<double>(label, rows, k, result.data<float>());
  return result;
}

Tensor binary_accuracy(const Tensor& y_true, const Tensor& y_pred, double threshold) {
  detail::check_same_shape("binary_accuracy", y_true, y_pred);
  // NaN is neither above nor below.
  return logical_and(y_true == (y_pred > threshold), logical_not(isnan(y_pred)));
}

Tensor categorical_accuracy(const Tensor& y_true, const Tensor& y_pred) {
  detail::check_classes("categorical_accuracy", y_pred.shape());
  detail::check_same_shape("categorical_accuracy", y_true, y_pred);
  return same_class(class_of(y_true), class_of(y_pred));
}

Tensor sparse_categorical_accuracy(const Tensor& y_true, const Tensor& y_pred) {
  const Tensor labels = detail::labels_for("sparse_categorical_accuracy", y_true, y_pred.shape());
  return same_class(labels, class_of(y_pred));
}

Tensor top_k_categorical_accuracy(const Tensor& y_true, const Tensor& y_pred, int64_t k) {
  detail::check_classes("top_k_categorical_accuracy", y_pred.shape());
  detail::check_same_shape("top_k_categorical_accuracy", y_true, y_pred);
  return in_top_k(class_of(y_true), y_pred, k);
}

Tensor sparse_top_k_categorical_accuracy(const Tensor& y_true, const Tensor& y_pred, const SparseTopKOptions& options) {
  const Tensor labels = detail::labels_for("sparse_top_k_categorical_accuracy", y_true, y_pred.shape());
  if (options.from_sorted_ids) {
    const Tensor first = y_pred.slice(-1, {0, std::min(options.k, y_pred.shape(-1))});
    return any(labels.expand_dims(-1) == first, -1);
  }
  return in_top_k(labels, y_pred, options.k);
}

int64_t checked_k(const char* metric, int64_t k) {
  detail::check_at_least(1, metric, "k", k);
  return k;
}

std::string name_or(const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; }

}  // namespace

Accuracy::Accuracy(std::string name)
    : Metric(mean_of("Accuracy", std::move(name), [](const Tensor& y_true, const Tensor& y_pred) {
        detail::check_same_shape("accuracy", y_true, y_pred);
        return y_true == y_pred;
      })) {}

BinaryAccuracy::BinaryAccuracy(BinaryAccuracyOptions options)
    : Metric(mean_of(
          "BinaryAccuracy", options.name,
          [threshold = options.threshold](const Tensor& y_true, const Tensor& y_pred) {
            return binary_accuracy(y_true, y_pred, threshold);
          },
          [threshold = options.threshold](Fields& f) mutable { f("threshold", threshold); })) {
  detail::check_number("BinaryAccuracy", "threshold", options.threshold, detail::Range::finite);
}

CategoricalAccuracy::CategoricalAccuracy(std::string name)
    : Metric(mean_of("CategoricalAccuracy", std::move(name), &categorical_accuracy)) {}

SparseCategoricalAccuracy::SparseCategoricalAccuracy(std::string name)
    : Metric(mean_of("SparseCategoricalAccuracy", std::move(name), &sparse_categorical_accuracy)) {}

TopKCategoricalAccuracy::TopKCategoricalAccuracy(TopKOptions options)
    : Metric(mean_of(
          "TopKCategoricalAccuracy", name_or(options.name, "top_k_categorical_accuracy"),
          [k = checked_k("TopKCategoricalAccuracy", options.k)](const Tensor& y_true, const Tensor& y_pred) {
            return top_k_categorical_accuracy(y_true, y_pred, k);
          },
          [k = options.k](Fields& f) mutable { f("k", k); })) {}

SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(SparseTopKOptions options)
    : Metric(mean_of(
          "SparseTopKCategoricalAccuracy", name_or(options.name, "sparse_top_k_categorical_accuracy"),
          [options](const Tensor& y_true, const Tensor& y_pred) {
            return sparse_top_k_categorical_accuracy(y_true, y_pred, options);
          },
          [options](Fields& f) mutable {
            f("k", options.k).omit_default("from_sorted_ids", options.from_sorted_ids, false);
          })) {
  checked_k("SparseTopKCategoricalAccuracy", options.k);
}

void BinaryAccuracyOptions::fields(Fields& f) { f("name", name).accept("dtype", "float32")("threshold", threshold); }
void SparseTopKOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("k", k).omit_default("from_sorted_ids", from_sorted_ids, false);
}
void TopKOptions::fields(Fields& f) { f("name", name).accept("dtype", "float32")("k", k); }

namespace {

// The kind of accuracy for these shapes, as Keras's compile chooses it.
MeanMetricWrapper::Function accuracy_for(const Shape& y_true, const Shape& y_pred) {
  const int64_t true_length = y_true.rank() > 0 ? y_true.back() : 1;
  const int64_t predicted_length = y_pred.rank() > 0 ? y_pred.back() : 1;
  if (predicted_length == 1) {
    return [](const Tensor& target, const Tensor& prediction) { return binary_accuracy(target, prediction, 0.5); };
  }
  if (y_true.rank() < y_pred.rank() || true_length == 1) return &sparse_categorical_accuracy;
  return &categorical_accuracy;
}

class AccuracyByShapeImpl : public MetricImpl {
 public:
  explicit AccuracyByShapeImpl(std::string name)
      : MetricImpl(std::move(name)), state_{add_variable("total"), add_variable("count")} {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    detail::check_defined(name().c_str(), y_true, y_pred);
    if (!accuracy_) accuracy_ = accuracy_for(y_true.shape(), y_pred.shape());
    add_mean_of(accuracy_, name(), y_true, y_pred, sample_weight, state_);
  }
  double result() const override { return state_.mean(); }
  void reset_state() override {
    MetricImpl::reset_state();
    accuracy_ = {};
  }

  std::string class_name() const override { return "AccuracyByShape"; }
  void fields(Fields& f) override { MetricFields{name()}.fields(f); }

 private:
  MeanMetricWrapper::Function accuracy_;
  MeanState state_;
};

}  // namespace

AccuracyByShape::AccuracyByShape(std::string name) : Metric(std::make_shared<AccuracyByShapeImpl>(std::move(name))) {}

}  // namespace xtape::metrics
