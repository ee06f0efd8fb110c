#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// -sum(normalize(y_true) * normalize(y_pred)) along `axis`, which is dropped, with vectors scaled to length 1: -1 for
/// the same direction, 0 for a right angle or a vector of zeros, 1 for opposite directions. @throws IndexError for an
/// axis out of range; as mean_squared_error.
XTAPE_API Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, Axis axis = -1);

struct CosineSimilarityOptions {
  /// Along which the vectors lie.
  Axis axis = -1;
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// cosine_similarity, reduced.
class XTAPE_API CosineSimilarity : public Loss {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {});
};

}  // namespace xtape::losses
