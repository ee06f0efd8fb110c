#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {

Calls attention_calls() {
  return {
      {"scaled_dot_product_attention",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {scaled_dot_product_attention(x[0], x[1], x[2], x[3], arguments.number("scale", 0))};
       }},
  };
}

}  // namespace xtape::test
