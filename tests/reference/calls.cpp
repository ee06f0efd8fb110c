#include "reference/calls.hpp"

namespace xtape::test {

const Calls& all_calls() {
  static const Calls calls = [] {
    Calls all;
    for (auto* family :
         {attention_calls, convolution_calls, creation_calls, elementwise_calls, image_calls, indexing_calls,
          linalg_calls, normalization_calls, recurrent_calls, reduction_calls, shape_calls, softmax_calls}) {
      all.merge(family());
    }
    return all;
  }();
  return calls;
}

}  // namespace xtape::test
