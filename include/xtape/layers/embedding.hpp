#pragma once

#include <cstdint>
#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct EmbeddingOptions {
  NameOr<initializers::Initializer> embeddings_initializer = "uniform";
  NameOr<regularizers::Regularizer> embeddings_regularizer = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
};

/// A learned vector for each of `input_dim` numbers: indices [...] -> [..., output_dim].
/// Weight: embeddings [input_dim, output_dim].
class XTAPE_API Embedding : public Layer {
 public:
  /// @throws ValueError for numbers below 1.
  Embedding(Count input_dim, Count output_dim, EmbeddingOptions options = {});
  void build(const Shape& input_shape) override;
  /// @throws IndexError for an index outside [0, input_dim), ValueError for one that is not a whole number; each names
  /// the first one and its position.
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 protected:
  void check_input(const Shape& shape) const override;

 private:
  int64_t input_dim_;
  int64_t output_dim_;
  EmbeddingOptions options_;
  Tensor embeddings_;
};

}  // namespace xtape::layers
