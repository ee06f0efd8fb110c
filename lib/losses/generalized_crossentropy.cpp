#include <sstream>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/labels.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/generalized_crossentropy.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/indexing.hpp>

#include "losses/function_loss.hpp"

namespace xtape::losses {
namespace {

using Options = CategoricalGeneralizedCrossEntropyOptions;

constexpr const char* name = "categorical_generalized_cross_entropy";

void check_q(const char* subject, double q) {
  if (q > 0 && q < 1) return;
  std::ostringstream text;
  text << subject << ": q must lie between 0 and 1, neither of which it may be, given " << q;
  throw ValueError(text.str());
}

// The labels, each of which names a class.
Tensor labels_of(const Tensor& y_true, const Shape& prediction_shape) {
  const Tensor labels = detail::labels_for(name, y_true, prediction_shape);
  return detail::whole_numbers_below(std::string(name) + ": label", labels, prediction_shape.back());
}

constexpr LossDefinition<Options> definition = {
    "CategoricalGeneralizedCrossEntropy", name,
    [](const Tensor& y_true, const Tensor& y_pred, const Options& options) {
      return categorical_generalized_cross_entropy(y_true, y_pred, options.q);
    },
    [](const Tensor& y_true, const Shape& prediction_shape, const Options&) {
      const auto [targets, predictions] = detail::to_same_rank(y_true.shape(), prediction_shape);
      labels_of(y_true.reshape(targets), predictions);
    }};

Options checked(Options options) {
  check_q("CategoricalGeneralizedCrossEntropy", options.q);
  return options;
}

}  // namespace

Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q) {
  check_q(name, q);
  detail::check_defined(name, y_true, y_pred);
  const Tensor labels = labels_of(y_true.detach(), y_pred.shape());
  const Tensor p = take_along_axis(detail::to_floating(y_pred), labels.expand_dims(-1), -1).squeeze(-1);
  return (1 - power(p, q)) / q;
}

void Options::fields(Fields& f) { f("name", name)("reduction", reduction)("q", q).accept("dtype", {}); }

CategoricalGeneralizedCrossEntropy::CategoricalGeneralizedCrossEntropy(Options options)
    : Loss(function_loss(definition, checked(std::move(options)))) {}

}  // namespace xtape::losses
