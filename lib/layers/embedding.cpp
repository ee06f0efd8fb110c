#include <xtape/detail/numbers.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/indexing.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct EmbeddingFields {
  int64_t input_dim = 0;
  int64_t output_dim = 0;
  EmbeddingOptions options = {};

  void fields(Fields& f) {
    f("input_dim", input_dim)("output_dim", output_dim);
    options.fields(f);
  }
};

class EmbeddingImpl : public LayerImpl {
 public:
  explicit EmbeddingImpl(EmbeddingFields given) : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    detail::check_at_least(1, "Embedding", "input_dim", given_.input_dim);
    detail::check_at_least(1, "Embedding", "output_dim", given_.output_dim);
    if (given_.options.mask_zero) makes_masks();
    keeps_input_types();  // indices: not every whole number of float64 is one of float32
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape&) override {
    embeddings_ = add_weight(
        "embeddings", {given_.input_dim, given_.output_dim}, given_.options.embeddings_initializer,
        {.regularizer = given_.options.embeddings_regularizer, .constraint = given_.options.embeddings_constraint});
  }

  Tensor call(const Tensor& x) {
    // The op takes negative indices from the end; here they are mistakes.
    return take(embeddings_, detail::whole_numbers_below("index", x, given_.input_dim));
  }

  Tensor compute_mask(const Tensor& x, const Tensor&) override {
    return given_.options.mask_zero ? not_equal(x, 0) : Tensor();
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    Shape shape = input_shape;
    shape.push_back(given_.output_dim);
    return shape;
  }

 protected:
  void check_input(const Shape& shape) const override {
    if (shape.rank() != build_shape().rank()) {
      throw ShapeError("built for inputs of " + std::to_string(build_shape().rank()) + " dimensions " +
                       build_shape().str() + ", given " + shape.str());
    }
  }

 private:
  EmbeddingFields given_;
  Tensor embeddings_;
};

}  // namespace

void EmbeddingOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("embeddings_initializer", embeddings_initializer)("embeddings_regularizer", embeddings_regularizer);
  f("embeddings_constraint", embeddings_constraint)("mask_zero", mask_zero);
  f("activity_regularizer", activity_regularizer);
  f.accept("weights", {}).accept("lora_rank", {}).accept("lora_alpha", {}).accept("quantization_config", {});
}

Embedding::Embedding(Count input_dim, Count output_dim, EmbeddingOptions options)
    : Layer(make_layer<EmbeddingImpl>(EmbeddingFields{input_dim, output_dim, std::move(options)})) {}

Embedding Embedding::from_config(const Config& config) {
  auto given = read_fields<EmbeddingFields>(config, "Embedding");
  return Embedding(given.input_dim, given.output_dim, std::move(given.options));
}

}  // namespace xtape::layers
