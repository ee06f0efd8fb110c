#include <xtape/detail/labels.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/metrics/accuracy.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/reduction.hpp>

#include "metrics/mean_of.hpp"

namespace xtape::metrics {
namespace {

// The position of the largest element of each row; -1, which is no class, where one is NaN.
Tensor class_of(const Tensor& rows) {
  const Tensor position = argmax(rows, -1);  // of the first NaN, if there is one
  if (!is_floating(rows.dtype())) return position;
  return where(isnan(take_along_axis(rows, position.expand_dims(-1), -1).squeeze(-1)), -1, position);
}

// Whether each label is that of the predicted class. One that names no class, as a loss may ignore it, never is.
Tensor same_class(const Tensor& labels, const Tensor& classes) { return logical_and(labels == classes, classes >= 0); }

// Labels as positions among so many classes, and whether each is one: others stand for 0.
struct ClassPositions {
  Tensor positions, valid;
  ClassPositions(const Tensor& labels, int64_t classes)
      : valid(logical_and(labels == floor(labels), logical_and(labels >= 0, labels < classes))) {
    positions = where(valid, labels, 0).astype(int64);
  }
};

// Whether fewer than k predictions exceed the label's, for each sample; false where that is not finite, or one is NaN.
Tensor in_top_k(const Tensor& labels, const Tensor& y_pred, int64_t k) {
  const Tensor own = take_along_axis(y_pred, labels.expand_dims(-1), -1);
  const Tensor comparable = logical_and(isfinite(own.squeeze(-1)), class_of(y_pred) >= 0);
  return logical_and(comparable, sum(y_pred > own, -1) < k);
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
            detail::check_same_shape("binary_accuracy", y_true, y_pred);
            // NaN is neither above nor below.
            return logical_and(y_true == (y_pred > threshold), logical_not(isnan(y_pred)));
          },
          [threshold = options.threshold](Fields& f) mutable { f("threshold", threshold); })) {
  detail::check_number("BinaryAccuracy", "threshold", options.threshold, detail::Range::finite);
}

CategoricalAccuracy::CategoricalAccuracy(std::string name)
    : Metric(mean_of("CategoricalAccuracy", std::move(name), [](const Tensor& y_true, const Tensor& y_pred) {
        detail::check_classes("categorical_accuracy", y_pred.shape());
        detail::check_same_shape("categorical_accuracy", y_true, y_pred);
        return same_class(class_of(y_true), class_of(y_pred));
      })) {}

SparseCategoricalAccuracy::SparseCategoricalAccuracy(std::string name)
    : Metric(mean_of("SparseCategoricalAccuracy", std::move(name), [](const Tensor& y_true, const Tensor& y_pred) {
        const Tensor labels = detail::labels_for("sparse_categorical_accuracy", y_true, y_pred.shape());
        return same_class(labels, class_of(y_pred));
      })) {}

TopKCategoricalAccuracy::TopKCategoricalAccuracy(TopKOptions options)
    : Metric(mean_of(
          "TopKCategoricalAccuracy", name_or(options.name, "top_k_categorical_accuracy"),
          [k = checked_k("TopKCategoricalAccuracy", options.k)](const Tensor& y_true, const Tensor& y_pred) {
            detail::check_classes("top_k_categorical_accuracy", y_pred.shape());
            detail::check_same_shape("top_k_categorical_accuracy", y_true, y_pred);
            const Tensor wanted = class_of(y_true);
            return logical_and(in_top_k(maximum(wanted, 0), y_pred, k), wanted >= 0);
          },
          [k = options.k](Fields& f) mutable { f("k", k); })) {}

SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(TopKOptions options)
    : Metric(mean_of(
          "SparseTopKCategoricalAccuracy", name_or(options.name, "sparse_top_k_categorical_accuracy"),
          [k = checked_k("SparseTopKCategoricalAccuracy", options.k)](const Tensor& y_true, const Tensor& y_pred) {
            const Tensor labels = detail::labels_for("sparse_top_k_categorical_accuracy", y_true, y_pred.shape());
            const ClassPositions classes(labels, y_pred.shape(-1));
            return logical_and(in_top_k(classes.positions, y_pred, k), classes.valid);
          },
          [k = options.k](Fields& f) mutable { f("k", k); })) {}

void BinaryAccuracyOptions::fields(Fields& f) { f("name", name).accept("dtype", "float32")("threshold", threshold); }
void TopKOptions::fields(Fields& f) { f("name", name).accept("dtype", "float32")("k", k); }

namespace {

class AccuracyByShapeImpl : public MetricImpl {
 public:
  using MetricImpl::MetricImpl;

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    detail::check_defined(name().c_str(), y_true, y_pred);
    if (!metric_) {
      const int64_t true_length = y_true.rank() > 0 ? y_true.shape(-1) : 1;
      const int64_t predicted_length = y_pred.rank() > 0 ? y_pred.shape(-1) : 1;
      if (predicted_length == 1) {
        metric_ = BinaryAccuracy();
      } else if (y_true.rank() < y_pred.rank() || true_length == 1) {
        metric_ = SparseCategoricalAccuracy();
      } else {
        metric_ = CategoricalAccuracy();
      }
    }
    metric_.update_state(y_true, y_pred, sample_weight);
  }
  double result() const override { return metric_ ? metric_.result() : 0; }
  void reset_state() override { metric_ = {}; }

  std::string class_name() const override { return "AccuracyByShape"; }
  void fields(Fields& f) override { MetricFields{name()}.fields(f); }

 private:
  Metric metric_;
};

}  // namespace

AccuracyByShape::AccuracyByShape(std::string name) : Metric(std::make_shared<AccuracyByShapeImpl>(std::move(name))) {}

}  // namespace xtape::metrics
