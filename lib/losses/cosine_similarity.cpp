#include <xtape/losses/cosine_similarity.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "losses/function_loss.hpp"
#include "losses/operands.hpp"

namespace xtape::losses {
namespace {

constexpr const char* name = "cosine_similarity";

constexpr LossDefinition<CosineSimilarityOptions> definition = {
    "CosineSimilarity", name,
    [](const Tensor& y_true, const Tensor& y_pred, const CosineSimilarityOptions& options) {
      return cosine_similarity(y_true, y_pred, options.axis);
    },
    [](const Tensor& y_true, const Shape& prediction_shape, const CosineSimilarityOptions& options) {
      check_operands(name, y_true, prediction_shape);
      checked_axis(name, options.axis, prediction_shape);
    }};

}  // namespace

Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, Axis axis) {
  const auto [target, prediction] = operands(name, y_true, y_pred);
  const int along = checked_axis(name, axis, prediction.shape());
  return -sum(normalize(target, along) * normalize(prediction, along), along);
}

void CosineSimilarityOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction)("axis", axis).accept("dtype", {});
}

CosineSimilarity::CosineSimilarity(CosineSimilarityOptions options)
    : Loss(function_loss(definition, std::move(options))) {}

}  // namespace xtape::losses
