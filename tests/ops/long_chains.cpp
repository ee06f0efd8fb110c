#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "ops/op_cases.hpp"
#include "support/small_stack.hpp"

namespace xtape::test {
namespace {

constexpr int length = 5000;

bool alike(const Tensor& a, const Tensor& b) { return a.shape() == b.shape() && a.dtype() == b.dtype(); }

// Whether an output of the sample can be its first input again.
bool repeats(const Sample& each) {
  return each.gradcheck && is_floating(each.inputs[0].dtype()) && each.inputs[0].numel() > 0 &&
         alike(each.function(each.inputs)[0], each.inputs[0]);
}

}  // namespace

TEST_CASE("long chains of every op are destroyed without a stack for it") {
  int chains = 0;
  for (const OpCase& row : op_cases()) {
    for (const Sample& each : row.samples) {
      if (!row.differentiable || !repeats(each)) continue;
      INFO(row.op << ": " << each.description);
      Tensors values;
      for (const Tensor& input : each.inputs) values.push_back(input.detach());
      values[0].set_requires_grad();
      for (int i = 0; i < length; ++i) values[0] = each.function(values)[0];
      CHECK(values[0].requires_grad());
      destroy_on_small_stack(std::move(values));
      ++chains;
      break;
    }
  }
  CHECK(chains > 60);
}

}  // namespace xtape::test
