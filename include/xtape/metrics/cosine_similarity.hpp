#pragma once

#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

struct CosineSimilarityOptions {
  std::string name = "cosine_similarity";
  /// Along which the vectors lie.
  Axis axis = -1;

  XTAPE_API void fields(Fields& f);
};

/// The mean cosine of the angle between y_true and y_pred: 1 for the same direction, as the loss of that name but for
/// the sign. update_state throws as losses::cosine_similarity.
class XTAPE_API CosineSimilarity : public Metric {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {});
};

}  // namespace xtape::metrics
