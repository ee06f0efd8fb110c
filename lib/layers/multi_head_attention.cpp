#include <xtape/detail/numbers.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/multi_head_attention.hpp>

#include "layers/attention_heads.hpp"
#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct MultiHeadAttentionFields {
  int64_t num_heads = 0;
  int64_t key_dim = 0;
  MultiHeadAttentionOptions options = {};

  void fields(Fields& f) {
    f("num_heads", num_heads)("key_dim", key_dim);
    options.fields(f);
  }
};

// Keras regularizes the projections alone.
LayerOptions layer_options_of(const MultiHeadAttentionOptions& given) {
  LayerOptions options = layer_options(given);
  options.activity_regularizer = {};
  return options;
}

AttentionHeads heads_of(const MultiHeadAttentionFields& given) {
  const char* const layer = "MultiHeadAttention";
  const int64_t value_dim = given.options.value_dim.value_or(given.key_dim);
  detail::check_at_least(1, layer, "num_heads", given.num_heads);
  detail::check_at_least(1, layer, "key_dim", given.key_dim);
  detail::check_at_least(1, layer, "value_dim", value_dim);
  AttentionHeads heads{layer, given.num_heads, given.num_heads, given.key_dim, value_dim};
  heads.output_shape = given.options.output_shape;
  heads.attention_axes = given.options.attention_axes;
  heads.take(given.options);
  return heads;
}

class MultiHeadAttentionImpl : public AttentionHeadsImpl {
 public:
  explicit MultiHeadAttentionImpl(MultiHeadAttentionFields given)
      : AttentionHeadsImpl(layer_options_of(given.options), heads_of(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

 private:
  MultiHeadAttentionFields given_;
};

}  // namespace

void MultiHeadAttentionOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("value_dim", value_dim)("dropout", dropout)("use_bias", use_bias)("output_shape", output_shape);
  f("attention_axes", attention_axes);
  f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
  f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
  f("activity_regularizer", activity_regularizer);
  f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  f.omit_default("sliding_window", sliding_window, std::optional<int64_t>());
  f.omit_default("use_gate", use_gate, false).omit_default("seed", seed, std::optional<uint64_t>());
  f.accept("flash_attention", {});
}

MultiHeadAttention::MultiHeadAttention(Count num_heads, Count key_dim, MultiHeadAttentionOptions options)
    : Layer(make_layer<MultiHeadAttentionImpl>(MultiHeadAttentionFields{num_heads, key_dim, std::move(options)})) {}

Tensor MultiHeadAttention::operator()(const Tensor& query, const Tensor& value,
                                      const AttentionArguments<Tensor>& arguments) const {
  return run(general_arguments(query, value, arguments, false)).front();
}

Symbol MultiHeadAttention::operator()(const Symbol& query, const Symbol& value,
                                      const AttentionArguments<Symbol>& arguments) const {
  return run(general_arguments(query, value, arguments, false)).front();
}

AttentionResult<Tensor> MultiHeadAttention::with_scores(const Tensor& query, const Tensor& value,
                                                        const AttentionArguments<Tensor>& arguments) const {
  const std::vector<Tensor> all = run(general_arguments(query, value, arguments, true));
  return {all[0], all[1]};
}

AttentionResult<Symbol> MultiHeadAttention::with_scores(const Symbol& query, const Symbol& value,
                                                        const AttentionArguments<Symbol>& arguments) const {
  const std::vector<Symbol> all = run(general_arguments(query, value, arguments, true));
  return {all[0], all[1]};
}

MultiHeadAttention MultiHeadAttention::from_config(const Config& config) {
  auto given = read_fields<MultiHeadAttentionFields>(config, "MultiHeadAttention");
  return MultiHeadAttention(given.num_heads, given.key_dim, std::move(given.options));
}

}  // namespace xtape::layers
