#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/group_query_attention.hpp>
#include <xtape/layers/handle.hpp>

#include "layers/attention_heads.hpp"
#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct GroupQueryAttentionFields {
  int64_t head_dim = 0;
  int64_t num_query_heads = 0;
  int64_t num_key_value_heads = 0;
  GroupQueryAttentionOptions options = {};

  void fields(Fields& f) {
    f("head_dim", head_dim)("num_query_heads", num_query_heads)("num_key_value_heads", num_key_value_heads);
    options.fields(f);
  }
};

AttentionHeads heads_of(const GroupQueryAttentionFields& given) {
  const char* const layer = "GroupQueryAttention";
  detail::check_at_least(1, layer, "head_dim", given.head_dim);
  detail::check_at_least(1, layer, "num_query_heads", given.num_query_heads);
  detail::check_at_least(1, layer, "num_key_value_heads", given.num_key_value_heads);
  if (given.num_query_heads % given.num_key_value_heads != 0) {
    throw ValueError(std::string(layer) + ": num_key_value_heads must divide num_query_heads, given " +
                     std::to_string(given.num_key_value_heads) + " and " + std::to_string(given.num_query_heads));
  }
  AttentionHeads heads{layer, given.num_query_heads, given.num_key_value_heads, given.head_dim, given.head_dim};
  heads.take(given.options);
  heads.takes_query_mask = true;
  return heads;
}

class GroupQueryAttentionImpl : public AttentionHeadsImpl {
 public:
  explicit GroupQueryAttentionImpl(GroupQueryAttentionFields given)
      : AttentionHeadsImpl(layer_options(given.options), heads_of(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }
  // There only the class of the module is called so, and the projections have no public names.
  std::string class_name_in_files() const override { return "GroupedQueryAttention"; }
  std::string place_of_weight(const Variable& weight) const override {
    return '_' + AttentionHeadsImpl::place_of_weight(weight);
  }

 private:
  GroupQueryAttentionFields given_;
};

}  // namespace

void GroupQueryAttentionOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("dropout", dropout)("use_bias", use_bias);
  f("kernel_initializer", kernel_initializer)("bias_initializer", bias_initializer);
  f("kernel_regularizer", kernel_regularizer)("bias_regularizer", bias_regularizer);
  f("activity_regularizer", activity_regularizer);
  f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  f.omit_default("sliding_window", sliding_window, std::optional<int64_t>());
  f.omit_default("use_gate", use_gate, false).omit_default("seed", seed, std::optional<uint64_t>());
  f.accept("flash_attention", {});
}

GroupQueryAttention::GroupQueryAttention(Count head_dim, Count num_query_heads, Count num_key_value_heads,
                                         GroupQueryAttentionOptions options)
    : Layer(make_layer<GroupQueryAttentionImpl>(
          GroupQueryAttentionFields{head_dim, num_query_heads, num_key_value_heads, std::move(options)})) {}

Tensor GroupQueryAttention::operator()(const Tensor& query, const Tensor& value,
                                       const AttentionArguments<Tensor>& arguments) const {
  return run(general_arguments(query, value, arguments, false)).front();
}

Symbol GroupQueryAttention::operator()(const Symbol& query, const Symbol& value,
                                       const AttentionArguments<Symbol>& arguments) const {
  return run(general_arguments(query, value, arguments, false)).front();
}

AttentionResult<Tensor> GroupQueryAttention::with_scores(const Tensor& query, const Tensor& value,
                                                         const AttentionArguments<Tensor>& arguments) const {
  const std::vector<Tensor> all = run(general_arguments(query, value, arguments, true));
  return {all[0], all[1]};
}

AttentionResult<Symbol> GroupQueryAttention::with_scores(const Symbol& query, const Symbol& value,
                                                         const AttentionArguments<Symbol>& arguments) const {
  const std::vector<Symbol> all = run(general_arguments(query, value, arguments, true));
  return {all[0], all[1]};
}

GroupQueryAttention GroupQueryAttention::from_config(const Config& config) {
  auto given = read_fields<GroupQueryAttentionFields>(config, "GroupQueryAttention");
  return GroupQueryAttention(given.head_dim, given.num_query_heads, given.num_key_value_heads,
                             std::move(given.options));
}

}  // namespace xtape::layers
