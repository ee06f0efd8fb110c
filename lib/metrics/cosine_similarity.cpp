#include <utility>
#include <xtape/losses/cosine_similarity.hpp>
#include <xtape/metrics/cosine_similarity.hpp>
#include <xtape/ops/arithmetic.hpp>

#include "metrics/mean_of.hpp"

namespace xtape::metrics {

void CosineSimilarityOptions::fields(Fields& f) { f("name", name).accept("dtype", "float32")("axis", axis); }

CosineSimilarity::CosineSimilarity(CosineSimilarityOptions options)
    : Metric(mean_of(
          "CosineSimilarity", options.name.empty() ? "cosine_similarity" : options.name,
          [axis = options.axis](const Tensor& y_true, const Tensor& y_pred) {
            return -losses::cosine_similarity(y_true, y_pred, axis);
          },
          [axis = options.axis](Fields& f) mutable { f("axis", axis); })) {}

}  // namespace xtape::metrics
