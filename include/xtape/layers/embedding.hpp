#pragma once

#include <string>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct EmbeddingOptions {
  initializers::Initializer embeddings_initializer = "uniform";
  regularizers::Regularizer embeddings_regularizer = {};
  regularizers::Regularizer activity_regularizer = {};
  constraints::Constraint embeddings_constraint = {};
  /// Whether index 0 stands for a step that does not count: the result gets the mask (mask.hpp) indices != 0.
  bool mask_zero = false;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// A learned vector for each of `input_dim` numbers: indices [...] -> [..., output_dim]. A mask of the indices is not
/// passed on, as in Keras. Weight: embeddings [input_dim, output_dim].
class XTAPE_API Embedding : public Layer {
 public:
  /// @throws ValueError for numbers below 1; in a call IndexError for an index outside [0, input_dim), ValueError for
  /// one that is not a whole number; each names the first one and its position.
  Embedding(Count input_dim, Count output_dim, EmbeddingOptions options = {});  // refused? see EmbeddingOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Embedding from_config(const Config& config);
};

}  // namespace xtape::layers
