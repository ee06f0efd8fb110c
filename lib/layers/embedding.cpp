#include <xtape/detail/numbers.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/ops/indexing.hpp>

namespace xtape::layers {

Embedding::Embedding(Count input_dim, Count output_dim, EmbeddingOptions options)
    : Layer({options.name, options.trainable, options.dtype, options.input_shape}),
      input_dim_(input_dim),
      output_dim_(output_dim),
      options_(std::move(options)) {
  detail::check_at_least(1, "Embedding", "input_dim", input_dim);
  detail::check_at_least(1, "Embedding", "output_dim", output_dim);
}

void Embedding::build(const Shape&) {
  embeddings_ = add_weight("embeddings", {input_dim_, output_dim_}, options_.embeddings_initializer,
                           {.regularizer = options_.embeddings_regularizer});
}

Tensor Embedding::call(const Tensor& x, bool) {
  // The op takes negative indices from the end; here they are mistakes.
  return take(embeddings_, detail::whole_numbers_below("index", x, input_dim_));
}

Shape Embedding::compute_output_shape(const Shape& input_shape) {
  Shape shape = input_shape;
  shape.push_back(output_dim_);
  return shape;
}

void Embedding::check_input(const Shape& shape) const {
  if (shape.rank() != build_shape().rank()) {
    throw ShapeError("built for inputs of " + std::to_string(build_shape().rank()) + " dimensions " +
                     build_shape().str() + ", given " + shape.str());
  }
}

}  // namespace xtape::layers
