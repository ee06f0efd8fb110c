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

std::string name_or(const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; }

void check_label_smoothing(const char* loss, double label_smoothing) {
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    throw ValueError(std::string(loss) + ": label_smoothing must lie between 0 and 1, given " +
                     std::to_string(label_smoothing));
  }
}

Tensor smoothed(const Tensor& y_true, const Tensor& y_pred, double smoothing, int64_t classes) {
  const Tensor target = y_true.astype(y_pred.dtype());
  return smoothing == 0 ? target : target * (1 - smoothing) + smoothing / static_cast<double>(classes);
}

void check_same_shape(const char* loss, const Tensor& y_true, const Tensor& y_pred) {
  if (y_pred.rank() < 1 || y_true.shape() != y_pred.shape()) {
    throw ShapeError(std::string(loss) + ": shapes differ: y_true " + y_true.shape().str() + ", y_pred " +
                     y_pred.shape().str());
  }
}

// Labels without a trailing axis of length 1, as integers.
Tensor labels_of(const Tensor& y_true, const Shape& prediction_shape) {
  const bool trailing_one = y_true.rank() == prediction_shape.rank() && y_true.rank() > 1 && y_true.shape(-1) == 1;
  const Tensor labels = trailing_one ? y_true.squeeze(-1) : y_true;
  return detail::whole_numbers("sparse_categorical_crossentropy: label", labels);
}

}  // namespace

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options) {
  const auto [targets, prediction] = detail::to_same_rank(y_true, y_pred);
  check_same_shape("binary_crossentropy", targets, prediction);
  const Tensor target = smoothed(targets, prediction, options.label_smoothing, 2);
  return mean(options.from_logits ? binary_crossentropy_from_logits(target, prediction)
                                  : xtape::binary_crossentropy(target, prediction),
              -1);
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, const CrossentropyOptions& options) {
  check_same_shape("categorical_crossentropy", y_true, y_pred);
  const Tensor target = smoothed(y_true, y_pred, options.label_smoothing, y_pred.shape(-1));
  return options.from_logits ? categorical_crossentropy_from_logits(target, y_pred)
                             : xtape::categorical_crossentropy(target, y_pred);
}

Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                       const SparseCategoricalCrossentropyOptions& options) {
  const auto entropy = [&](const Tensor& labels) {
    return options.from_logits ? sparse_categorical_crossentropy_from_logits(labels, y_pred)
                               : xtape::sparse_categorical_crossentropy(labels, y_pred);
  };
  const Tensor labels = labels_of(y_true, y_pred.shape());
  if (!options.ignore_class) return entropy(labels);
  const Tensor counted = labels != *options.ignore_class;
  return where(counted, entropy(where(counted, labels, 0)), 0);
}

BinaryCrossentropy::BinaryCrossentropy(CrossentropyOptions options)
    : Loss(name_or(options.name, "binary_crossentropy"), options.reduction), options_(std::move(options)) {
  check_label_smoothing("BinaryCrossentropy", options_.label_smoothing);
}

Tensor BinaryCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return binary_crossentropy(y_true, y_pred, options_);
}

CategoricalCrossentropy::CategoricalCrossentropy(CrossentropyOptions options)
    : Loss(name_or(options.name, "categorical_crossentropy"), options.reduction), options_(std::move(options)) {
  check_label_smoothing("CategoricalCrossentropy", options_.label_smoothing);
}

Tensor CategoricalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  return categorical_crossentropy(y_true, y_pred, options_);
}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : Loss(name_or(options.name, "sparse_categorical_crossentropy"), options.reduction), options_(std::move(options)) {}

Tensor SparseCategoricalCrossentropy::call(const Tensor& y_true, const Tensor& y_pred) const {
  const Tensor values = sparse_categorical_crossentropy(y_true, y_pred, options_);
  if (!options_.ignore_class || (reduction() != "sum_over_batch_size" && reduction() != "mean")) return values;
  // The mean is over the samples that count alone.
  const Tensor counted = labels_of(y_true, y_pred.shape()) != *options_.ignore_class;
  const double count = sum(counted).item();
  return count == 0 ? values : values * (static_cast<double>(values.numel()) / count);
}

void SparseCategoricalCrossentropy::check_targets(const Tensor& y_true, const Shape& prediction_shape) const {
  const Tensor labels = labels_of(y_true, prediction_shape);
  const Tensor counted = options_.ignore_class ? where(labels == *options_.ignore_class, 0, labels) : labels;
  detail::whole_numbers_below("sparse_categorical_crossentropy: label", counted, prediction_shape.back());
}

}  // namespace xtape::losses
