#include <xtape/layers/attention_arguments.hpp>

namespace xtape::layers {
namespace {

template <class T>
Arguments<T> general(const T& query, const T& value, const AttentionArguments<T>& given, bool return_scores) {
  Arguments<T> arguments{.inputs = {query, value}};
  if (given.key.defined()) arguments.inputs.push_back(given.key);
  const auto add = [&](const char* name, const T& tensor) {
    if (tensor.defined()) arguments.keywords.push_back({name, {tensor}});
  };
  add("query_mask", given.query_mask);
  add("value_mask", given.value_mask);
  add("key_mask", given.key_mask);
  add("attention_mask", given.attention_mask);
  if (given.use_causal_mask) arguments.settings.push_back({"use_causal_mask", true});
  if (return_scores) arguments.settings.push_back({"return_attention_scores", true});
  arguments.training = given.training;
  return arguments;
}

}  // namespace

Arguments<Tensor> general_arguments(const Tensor& query, const Tensor& value, const AttentionArguments<Tensor>& given,
                                    bool return_scores) {
  return general(query, value, given, return_scores);
}

Arguments<Symbol> general_arguments(const Symbol& query, const Symbol& value, const AttentionArguments<Symbol>& given,
                                    bool return_scores) {
  return general(query, value, given, return_scores);
}

}  // namespace xtape::layers
