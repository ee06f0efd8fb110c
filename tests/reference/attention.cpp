#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {

Calls attention_calls() {
  return {
      {"scaled_dot_product_attention",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {scaled_dot_product_attention(x[0], x[1], x[2], x[3], arguments.number("scale", 0))};
       }},
      {"attend",
       [](const Tensors& x, const Config&) -> Tensors {
         const AttentionResult all = attend(x[0], x[1], x[2]);
         return {all.y, all.scores};
       }},
      {"attention_with_scores",
       [](const Tensors& x, const Config&) -> Tensors {
         const AttentionResult all = attention_with_scores(x[0], x[1], x[2], x[3]);
         return {all.y, all.scores};
       }},
      {"grouped_query_attention",
       [](const Tensors& x, const Config&) -> Tensors { return {grouped_query_attention(x[0], x[1], x[2], x[3])}; }},
      {"grouped_query_attention_with_scores",
       [](const Tensors& x, const Config&) -> Tensors {
         const AttentionResult all = grouped_query_attention_with_scores(x[0], x[1], x[2], x[3]);
         return {all.y, all.scores};
       }},
      {"additive_attention_scores",
       [](const Tensors& x, const Config&) -> Tensors { return {additive_attention_scores(x[0], x[1], x[2])}; }},
  };
}

}  // namespace xtape::test
