#include "ops/op_cases.hpp"

#include <iterator>

namespace xtape::test {

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> all;
    for (auto* family : {elementwise_cases, arithmetic_cases, reduction_cases, manipulation_cases, joining_cases,
                         indexing_cases, linalg_cases, image_cases, convolution_cases, pooling_cases, resizing_cases,
                         probability_cases, layer_cases, recurrent_cases}) {
      std::vector<OpCase> rows = family();
      std::move(rows.begin(), rows.end(), std::back_inserter(all));
    }
    return all;
  }();
  return cases;
}

}  // namespace xtape::test
