#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/focal_crossentropy.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/cross_entropy.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "losses/classes.hpp"
#include "losses/function_loss.hpp"
#include "losses/operands.hpp"

namespace xtape::losses {
namespace {

constexpr const char* binary = "binary_focal_crossentropy";
constexpr const char* categorical = "categorical_focal_crossentropy";
// Keras's guard against log(0) (backend.epsilon()).
constexpr double epsilon = 1e-7;

void check_gamma(const char* subject, double gamma) {
  detail::check_number(subject, "gamma", gamma, detail::Range::finite_and_not_negative);
}

void check(const char* subject, const BinaryFocalCrossentropyOptions& options) {
  detail::check_number(subject, "alpha", options.alpha, detail::Range::from_0_to_1);
  check_gamma(subject, options.gamma);
  check_smoothing(subject, options.label_smoothing);
}

void check(const char* subject, const CategoricalFocalCrossentropyOptions& options) {
  if (options.alpha.values().empty()) throw ValueError(std::string(subject) + ": alpha has no numbers");
  for (const double factor : options.alpha.values()) {
    detail::check_number(subject, "alpha", factor, detail::Range::finite_and_not_negative);
  }
  check_gamma(subject, options.gamma);
  check_smoothing(subject, options.label_smoothing);
}

void check_factors(const ClassFactors& alpha, int64_t classes) {
  const std::size_t count = alpha.values().size();
  if (count == 1 || count == static_cast<std::size_t>(classes)) return;
  throw ValueError(std::string(categorical) + ": alpha has " + std::to_string(count) + " numbers for " +
                   std::to_string(classes) + " classes; expected one for all or one for each");
}

// Rows scaled to sum to 1, but for those of zeros, then clipped: what the logarithm is taken of.
Tensor clipped_probabilities(const Tensor& rows) {
  const Tensor total = sum(rows, -1, true);
  return clip(rows / where(total == 0, 1, total), epsilon, 1 - epsilon);
}

constexpr LossDefinition<BinaryFocalCrossentropyOptions> binary_definition = {
    "BinaryFocalCrossentropy", binary, binary_focal_crossentropy,
    [](const Tensor& y_true, const Shape& prediction_shape, const BinaryFocalCrossentropyOptions& options) {
      check_operands(binary, y_true, prediction_shape);
      if (options.axis != -1) checked_axis(binary, options.axis, prediction_shape);
      detail::check_probabilities(binary, y_true);
    }};

constexpr LossDefinition<CategoricalFocalCrossentropyOptions> categorical_definition = {
    "CategoricalFocalCrossentropy", categorical, categorical_focal_crossentropy,
    [](const Tensor& y_true, const Shape& prediction_shape, const CategoricalFocalCrossentropyOptions& options) {
      const auto [targets, predictions] = detail::to_same_rank(y_true.shape(), prediction_shape);
      const Shape moved = classes_last(categorical, predictions, options.axis);
      check_several_classes(categorical, moved);
      detail::check_same_shape(categorical, targets, predictions);
      check_factors(options.alpha, moved.back());
    }};

template <class Options>
Options checked(const char* class_name, Options options) {
  check(class_name, options);
  return options;
}

}  // namespace

Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                 const BinaryFocalCrossentropyOptions& options) {
  check(binary, options);
  const auto [targets, predictions] = operands(binary, y_true, y_pred);
  detail::check_probabilities(binary, y_true);
  const Tensor target = smoothed(targets, predictions, options.label_smoothing, 2);
  const Tensor prediction = options.from_logits ? sigmoid(predictions) : predictions;
  const Tensor wrong = target * (1 - prediction) + (1 - target) * prediction;
  Tensor values = power(wrong, options.gamma) * binary_crossentropy(target, prediction);
  if (options.apply_class_balancing) {
    values = values * (target * options.alpha + (1 - target) * (1 - options.alpha));
  }
  return mean_along(binary, values, options.axis);
}

Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                      const CategoricalFocalCrossentropyOptions& options) {
  check(categorical, options);
  detail::check_defined(categorical, y_true, y_pred);
  const Tensor rows = classes_last(categorical, y_pred, options.axis);
  check_several_classes(categorical, rows.shape());
  check_factors(options.alpha, rows.shape(-1));
  const auto [targets, predictions] = operands(categorical, classes_last(categorical, y_true, options.axis), rows);
  const Tensor target = smoothed(targets, predictions, options.label_smoothing, predictions.shape(-1));
  const Tensor prediction = options.from_logits ? softmax(predictions) : predictions;
  const Tensor alpha = tensor(options.alpha.values()).astype(prediction.dtype());
  // As targets of the cross-entropy, so that the logits behind a softmax serve here too.
  const Tensor factor = alpha * power(1 - clipped_probabilities(prediction), options.gamma);
  return categorical_crossentropy(target * factor, prediction);
}

Config to_config(const ClassFactors& factors) {
  return factors.values().size() == 1 ? Config(factors.values().front()) : xtape::to_config(factors.values());
}

void from_config(const Config& config, ClassFactors& factors) {
  std::vector<double> values;
  if (config.is_list()) {
    xtape::from_config(config, values);
  } else {
    xtape::from_config(config, values.emplace_back());
  }
  factors = values;
}

void BinaryFocalCrossentropyOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction)("from_logits", from_logits)("label_smoothing", label_smoothing);
  f("axis", axis)("apply_class_balancing", apply_class_balancing)("alpha", alpha)("gamma", gamma);
  f.accept("dtype", {});
}

void CategoricalFocalCrossentropyOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction)("from_logits", from_logits)("label_smoothing", label_smoothing);
  f("axis", axis)("alpha", alpha)("gamma", gamma).accept("dtype", {});
}

BinaryFocalCrossentropy::BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions options)
    : Loss(function_loss(binary_definition, checked("BinaryFocalCrossentropy", std::move(options)))) {}
CategoricalFocalCrossentropy::CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions options)
    : Loss(function_loss(categorical_definition, checked("CategoricalFocalCrossentropy", std::move(options)))) {}

}  // namespace xtape::losses
