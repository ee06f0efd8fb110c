#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// (1 - p^q) / q for the probability p of each label, which forgives wrong labels: nearly the cross-entropy for a small
/// q, the mean absolute error for 1. Labels and predictions as those of sparse_categorical_crossentropy, probabilities.
/// Source: Zhang and Sabuncu, Generalized cross entropy loss for training deep neural networks with noisy labels, 2018.
/// @throws ValueError unless 0 < q < 1; as sparse_categorical_crossentropy.
XTAPE_API Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q);

struct CategoricalGeneralizedCrossEntropyOptions {
  /// In (0, 1).
  double q = 0.5;
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// categorical_generalized_cross_entropy, reduced. @throws ValueError unless 0 < q < 1, or for an unknown reduction.
class XTAPE_API CategoricalGeneralizedCrossEntropy : public Loss {
 public:
  explicit CategoricalGeneralizedCrossEntropy(CategoricalGeneralizedCrossEntropyOptions options = {});
};

}  // namespace xtape::losses
