#include <xtape/detail/floating.hpp>
#include <xtape/detail/labels.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/cross_entropy.hpp>
#include <xtape/ops/reduction.hpp>

#include "losses/classes.hpp"
#include "losses/operands.hpp"

namespace xtape::losses {
namespace {

constexpr const char* binary = "binary_crossentropy";
constexpr const char* categorical = "categorical_crossentropy";
constexpr const char* sparse = "sparse_categorical_crossentropy";

std::string name_or(const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; }

}  // namespace

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options) {
  check_smoothing(binary, options.label_smoothing);
  detail::check_defined(binary, y_true, y_pred);
  const auto [targets, predictions] = detail::to_same_rank(y_true, y_pred);
  detail::check_same_shape(binary, targets, predictions);
  detail::check_probabilities(binary, y_true);
  const Tensor prediction = detail::to_floating(predictions);
  const Tensor target = smoothed(targets, prediction, options.label_smoothing, 2);
  const Tensor values = options.from_logits ? binary_crossentropy_from_logits(target, prediction)
                                            : xtape::binary_crossentropy(target, prediction);
  return mean_along(binary, values, options.axis);
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options) {
  check_smoothing(categorical, options.label_smoothing);
  detail::check_defined(categorical, y_true, y_pred);
  const Tensor rows = classes_last(categorical, y_pred, options.axis);
  check_several_classes(categorical, rows.shape());
  detail::check_same_shape(categorical, y_true, y_pred);
  const Tensor prediction = detail::to_floating(rows);
  const Tensor target = smoothed(classes_last(categorical, y_true, options.axis), prediction, options.label_smoothing,
                                 prediction.shape(-1));
  return options.from_logits ? categorical_crossentropy_from_logits(target, prediction)
                             : xtape::categorical_crossentropy(target, prediction);
}

Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                       const SparseCategoricalCrossentropyOptions& options) {
  detail::check_defined(sparse, y_true, y_pred);
  const Tensor rows = classes_last(sparse, y_pred, options.axis);
  check_several_classes(sparse, rows.shape());
  Tensor labels = detail::labels_for(sparse, y_true, rows.shape());
  const auto entropy = [&] {
    return options.from_logits ? sparse_categorical_crossentropy_from_logits(labels, rows)
                               : xtape::sparse_categorical_crossentropy(labels, rows);
  };
  if (!options.ignore_class) return entropy();
  const Tensor counts = labels != *options.ignore_class;
  labels = where(counts, labels, 0);
  return with_mask(where(counts, entropy(), 0), counts);
}

namespace {

class BinaryCrossentropyImpl : public LossImpl {
 public:
  explicit BinaryCrossentropyImpl(CrossentropyOptions options)
      : LossImpl(name_or(options.name, binary), options.reduction), options_(std::move(options)) {
    options_.name = name();
    options_.reduction = reduction();
    check_smoothing("BinaryCrossentropy", options_.label_smoothing);
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return binary_crossentropy(y_true, y_pred, options_);
  }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    const auto [targets, predictions] = detail::to_same_rank(y_true.shape(), prediction_shape);
    detail::check_same_shape(binary, targets, predictions);
    if (options_.axis != -1) checked_axis(binary, options_.axis, predictions);
    detail::check_probabilities(binary, y_true);
  }
  std::string class_name() const override { return "BinaryCrossentropy"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  CrossentropyOptions options_;
};

class CategoricalCrossentropyImpl : public LossImpl {
 public:
  explicit CategoricalCrossentropyImpl(CrossentropyOptions options)
      : LossImpl(name_or(options.name, categorical), options.reduction), options_(std::move(options)) {
    options_.name = name();
    options_.reduction = reduction();
    check_smoothing("CategoricalCrossentropy", options_.label_smoothing);
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return categorical_crossentropy(y_true, y_pred, options_);
  }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    const auto [targets, predictions] = detail::to_same_rank(y_true.shape(), prediction_shape);
    check_several_classes(categorical, classes_last(categorical, predictions, options_.axis));
    detail::check_same_shape(categorical, targets, predictions);
  }
  std::string class_name() const override { return "CategoricalCrossentropy"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  CrossentropyOptions options_;
};

class SparseCategoricalCrossentropyImpl : public LossImpl {
 public:
  explicit SparseCategoricalCrossentropyImpl(SparseCategoricalCrossentropyOptions options)
      : LossImpl(name_or(options.name, sparse), options.reduction), options_(std::move(options)) {
    options_.name = name();
    options_.reduction = reduction();
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return sparse_categorical_crossentropy(y_true, y_pred, options_);
  }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    const auto [targets, predictions] = detail::to_same_rank(y_true.shape(), prediction_shape);
    const Shape rows = classes_last(sparse, predictions, options_.axis);
    check_several_classes(sparse, rows);
    const Tensor labels = detail::labels_for(sparse, y_true.reshape(targets), rows);
    const Tensor named = options_.ignore_class ? where(labels != *options_.ignore_class, labels, 0) : labels;
    detail::whole_numbers_below(std::string(sparse) + ": label", named, rows.back());
  }
  std::string class_name() const override { return "SparseCategoricalCrossentropy"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  SparseCategoricalCrossentropyOptions options_;
};

}  // namespace

void CrossentropyOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction)("from_logits", from_logits)("label_smoothing", label_smoothing);
  f("axis", axis).accept("dtype", {});
}

void SparseCategoricalCrossentropyOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction)("from_logits", from_logits)("ignore_class", ignore_class);
  f.omit_default("axis", axis, Axis(-1)).accept("dtype", {});
}

BinaryCrossentropy::BinaryCrossentropy(CrossentropyOptions options)
    : Loss(std::make_shared<BinaryCrossentropyImpl>(std::move(options))) {}
CategoricalCrossentropy::CategoricalCrossentropy(CrossentropyOptions options)
    : Loss(std::make_shared<CategoricalCrossentropyImpl>(std::move(options))) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : Loss(std::make_shared<SparseCategoricalCrossentropyImpl>(std::move(options))) {}

}  // namespace xtape::losses
