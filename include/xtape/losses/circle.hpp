#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

struct CircleOptions {
  /// The scale of similarities; positive.
  double gamma = 80;
  /// m: pairs of one label are to be nearer than m, others farther than 1 - m; in [0, 1].
  double margin = 0.4;
  /// Whether a sample is no pair with itself. Off where references are other tensors than the predictions.
  bool remove_diagonal = true;
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// A loss of embeddings, y_pred [batch, features] with rows of length 1, as UnitNormalization makes them, of which
/// those of one label y_true [batch] or [batch, 1] shall be near. With d = max(1 - cosine, 0) of a sample and each
/// reference it is softplus(logsumexp(-gamma (m + d)(m - d)) + logsumexp(gamma max(1 + m - d, 0) (1 - m - d))), the
/// first over references of its label, the second over all others; by default samples are the references of each other.
/// A sample without one or the other has the loss 0; values of 0 are excluded by a mask, so that they do not count in a
/// mean. Source: Sun et al., Circle loss: a unified perspective of pair similarity optimization, 2020; weights are
/// differentiated too, as in Keras. `ref_labels` [references] and `ref_embeddings` [references, features] are given
/// together. @throws ShapeError if shapes do not fit; ValueError for labels that are no whole numbers, for one of the
/// references alone, and for options outside their ranges.
XTAPE_API Tensor circle(const Tensor& y_true, const Tensor& y_pred, const Tensor& ref_labels = {},
                        const Tensor& ref_embeddings = {}, const CircleOptions& options = {});

/// circle, reduced. @throws ValueError for options outside their ranges.
class XTAPE_API Circle : public Loss {
 public:
  explicit Circle(CircleOptions options = {});
};

}  // namespace xtape::losses
