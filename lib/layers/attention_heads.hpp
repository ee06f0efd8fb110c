#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/lengths.hpp>
#include <xtape/regularizers/regularizer.hpp>

#include "layers/attended_axes.hpp"
#include "layers/noise.hpp"

namespace xtape::layers {

// What attention in heads is made of.
struct AttentionHeads {
  // For errors.
  const char* layer;
  // Of queries, and of keys and values: each of these for a group of neighbouring ones.
  int64_t heads, key_heads;
  int64_t key_dim, value_dim;
  // Default: the last length of the query.
  Lengths output_shape = {};
  Axes attention_axes = {};
  double dropout = 0;
  bool use_bias = true;
  initializers::Initializer kernel_initializer = {};
  initializers::Initializer bias_initializer = {};
  regularizers::Regularizer kernel_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  // Of each projection, as in Keras.
  regularizers::Regularizer activity_regularizer = {};
  constraints::Constraint kernel_constraint = {};
  constraints::Constraint bias_constraint = {};
  std::optional<int64_t> sliding_window = std::nullopt;
  bool use_gate = false;
  std::optional<uint64_t> seed = std::nullopt;
  // Keras's MultiHeadAttention does not look at a query_mask that is given by name.
  bool takes_query_mask = false;

  // The fields that the options of all such layers have.
  template <class Options>
  void take(const Options& options) {
    dropout = options.dropout;
    use_bias = options.use_bias;
    kernel_initializer = options.kernel_initializer;
    bias_initializer = options.bias_initializer;
    kernel_regularizer = options.kernel_regularizer;
    bias_regularizer = options.bias_regularizer;
    activity_regularizer = options.activity_regularizer;
    kernel_constraint = options.kernel_constraint;
    bias_constraint = options.bias_constraint;
    sliding_window = options.sliding_window;
    use_gate = options.use_gate;
    seed = options.seed;
  }
};

// Attention in heads, whose inputs and results are projected. Called with one to three tensors: the query, the value,
// which is the query by default, and the key, which is the value.
class AttentionHeadsImpl : public LayerImpl {
 public:
  void build(const Shape& input_shape) override { build_all({input_shape}); }
  void build_all(const std::vector<Shape>& shapes) override;
  std::vector<Tensor> run(const Arguments<Tensor>& arguments) override;
  Tensor run_one(const Tensor& x) override;
  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& query_shape) override;
  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override;
  std::vector<detail::RandomStream*> random_streams() override { return random_.streams(); }
  std::string place_of_weight(const Variable& weight) const override;

 protected:
  // @throws ValueError for lengths and numbers below 1 and a dropout outside [0, 1).
  AttentionHeadsImpl(LayerOptions options, AttentionHeads given);

  void check_arguments(const Arguments<Tensor>& arguments) const override;
  void check_inputs(const std::vector<Shape>& shapes) const override;

 private:
  // Of a call whose inputs have these shapes.
  template <class T>
  void check_masks(const Arguments<T>& arguments, const std::vector<Shape>& given) const;

  struct Projection {
    Tensor kernel;
    Tensor bias;
  };
  struct Masks {
    Tensor query = {}, value = {}, key = {}, attention = {};
    bool causal = false;
  };
  struct Result {
    Tensor outputs, scores;
  };

  static Tensor mask_of_places(std::size_t input, const Shape& shape);
  void check_ranks(const std::vector<Shape>& shapes) const;
  Projection add_projection(const std::string& name, const Shape& inputs, const Shape& outputs);
  Result compute(const Tensor& query, const Tensor& value, const Tensor& key, const Masks& masks, bool with_scores);
  Tensor project(const Tensor& x, const Projection& projection, int64_t heads, bool is_gate = false);
  Tensor seen(const Masks& masks, const Shape& query, const Shape& value) const;
  Result attend(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask, bool with_scores);
  // `gate`, [batch, places..., heads, value_dim], may be undefined.
  Tensor join(const Tensor& rows, const Tensor& gate, const Shape& query_shape);

  const AttentionHeads given_;
  LayerRandom random_;
  std::optional<AttendedAxes> axes_;
  Projection query_;
  Projection key_;
  Projection gate_;
  Projection value_;
  Projection output_;
};

}  // namespace xtape::layers
