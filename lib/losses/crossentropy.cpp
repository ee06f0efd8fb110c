#include <xtape/detail/floating.hpp>
#include <xtape/detail/labels.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/cross_entropy.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::losses {
namespace {

constexpr const char* binary = "binary_crossentropy";
constexpr const char* categorical = "categorical_crossentropy";
constexpr const char* sparse = "sparse_categorical_crossentropy";

std::string name_or(const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; }

// Softmax of one class is 1 and its cross-entropy 0, whatever is learned; Keras warns.
void check_several_classes(const char* loss, const Shape& prediction_shape) {
  detail::check_classes(loss, prediction_shape);
  if (prediction_shape.back() == 1) {
    throw ValueError(std::string(loss) + ": predictions " + prediction_shape.str() +
                     " have a single class, of which the loss is always 0; use binary_crossentropy and a sigmoid, or "
                     "one output for each class");
  }
}

void check_smoothing(const char* loss, const CrossentropyOptions& options) {
  detail::check_number(loss, "label_smoothing", options.label_smoothing, detail::Range::from_0_to_1);
}

Tensor smoothed(const Tensor& y_true, const Tensor& y_pred, double smoothing, int64_t classes) {
  const Tensor target = y_true.astype(y_pred.dtype());
  return smoothing == 0 ? target : target * (1 - smoothing) + smoothing / static_cast<double>(classes);
}

}  // namespace

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options) {
  check_smoothing(binary, options);
  detail::check_defined(binary, y_true, y_pred);
  const auto [targets, predictions] = detail::to_same_rank(y_true, y_pred);
  detail::check_same_shape(binary, targets, predictions);
  detail::check_probabilities(binary, y_true);
  const Tensor prediction = detail::to_floating(predictions);
  const Tensor target = smoothed(targets, prediction, options.label_smoothing, 2);
  const Tensor values = options.from_logits ? binary_crossentropy_from_logits(target, prediction)
                                            : xtape::binary_crossentropy(target, prediction);
  return detail::mean_of_last_axis(values);
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options) {
  check_smoothing(categorical, options);
  detail::check_defined(categorical, y_true, y_pred);
  check_several_classes(categorical, y_pred.shape());
  detail::check_same_shape(categorical, y_true, y_pred);
  const Tensor prediction = detail::to_floating(y_pred);
  const Tensor target = smoothed(y_true, prediction, options.label_smoothing, y_pred.shape(-1));
  return options.from_logits ? categorical_crossentropy_from_logits(target, prediction)
                             : xtape::categorical_crossentropy(target, prediction);
}

Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                       const SparseCategoricalCrossentropyOptions& options) {
  detail::check_defined(sparse, y_true, y_pred);
  check_several_classes(sparse, y_pred.shape());
  Tensor labels = detail::labels_for(sparse, y_true, y_pred.shape());
  const auto entropy = [&] {
    return options.from_logits ? sparse_categorical_crossentropy_from_logits(labels, y_pred)
                               : xtape::sparse_categorical_crossentropy(labels, y_pred);
  };
  if (!options.ignore_class) return entropy();
  const Tensor counts = labels != *options.ignore_class;
  labels = where(counts, labels, 0);
  return where(counts, entropy(), 0);
}

namespace {

class BinaryCrossentropyImpl : public LossImpl {
 public:
  explicit BinaryCrossentropyImpl(CrossentropyOptions options)
      : LossImpl(name_or(options.name, binary), options.reduction), options_(std::move(options)) {
    options_.name = name();
    check_smoothing("BinaryCrossentropy", options_);
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return binary_crossentropy(y_true, y_pred, options_);
  }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    const auto [targets, predictions] = detail::to_same_rank(y_true.shape(), prediction_shape);
    detail::check_same_shape(binary, targets, predictions);
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
    check_smoothing("CategoricalCrossentropy", options_);
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return categorical_crossentropy(y_true, y_pred, options_);
  }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    const auto [targets, predictions] = detail::to_same_rank(y_true.shape(), prediction_shape);
    check_several_classes(categorical, predictions);
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
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return sparse_categorical_crossentropy(y_true, y_pred, options_);
  }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    const auto [targets, predictions] = detail::to_same_rank(y_true.shape(), prediction_shape);
    check_several_classes(sparse, predictions);
    const Tensor labels = detail::labels_for(sparse, y_true.reshape(targets), predictions);
    const Tensor named = options_.ignore_class ? where(labels != *options_.ignore_class, labels, 0) : labels;
    detail::whole_numbers_below(std::string(sparse) + ": label", named, predictions.back());
  }
  std::string class_name() const override { return "SparseCategoricalCrossentropy"; }
  void fields(Fields& f) override { options_.fields(f); }

 protected:
  Tensor counted(const Tensor& y_true, const Tensor& y_pred) const override {
    if (!options_.ignore_class) return {};
    return detail::labels_for(sparse, y_true, y_pred.shape()) != *options_.ignore_class;
  }

 private:
  SparseCategoricalCrossentropyOptions options_;
};

}  // namespace

void CrossentropyOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction)("from_logits", from_logits)("label_smoothing", label_smoothing);
  f.accept("axis", -1).accept("dtype", {});
}

void SparseCategoricalCrossentropyOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction)("from_logits", from_logits)("ignore_class", ignore_class);
  f.accept("axis", -1).accept("dtype", {});
}

BinaryCrossentropy::BinaryCrossentropy(CrossentropyOptions options)
    : Loss(std::make_shared<BinaryCrossentropyImpl>(std::move(options))) {}
CategoricalCrossentropy::CategoricalCrossentropy(CrossentropyOptions options)
    : Loss(std::make_shared<CategoricalCrossentropyImpl>(std::move(options))) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : Loss(std::make_shared<SparseCategoricalCrossentropyImpl>(std::move(options))) {}

}  // namespace xtape::losses
