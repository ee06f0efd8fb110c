#include <algorithm>
#include <string>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/forward_mode.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/program.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"
#include "op_cases.hpp"
#include "support/identical.hpp"

namespace xtape::test {
namespace {

bool differentiable(const Tensor& x) { return is_floating(x.dtype()); }

// Results, gradients and tangents, those that there are.
Tensors everything(const OpCase& op, const Sample& sample, const Tensors& inputs) {
  if (!op.differentiable) return sample.function(inputs);
  Tensors leaves, variables, tangents;
  for (const Tensor& x : inputs) {
    leaves.push_back(differentiable(x) ? x.detach().set_requires_grad() : x);
    if (differentiable(x)) variables.push_back(leaves.back());
    tangents.push_back(differentiable(x) ? x * 0.5 + 0.25 : Tensor());
  }
  const Tensors outputs = sample.function(leaves);
  Tensors results, roots, gradients;
  for (const Tensor& y : outputs) {
    results.push_back(y);
    if (!y.requires_grad()) continue;
    roots.push_back(y);
    gradients.push_back(y.detach() * 0.5 - 0.25);
  }
  if (!roots.empty()) {
    for (const Tensor& gradient : grad(roots, variables, {.gradients = gradients, .allow_unused = true})) {
      if (gradient.defined()) results.push_back(gradient);
    }
  }
  for (const Tensor& tangent : jvp(sample.function, inputs, tangents).second) {
    if (tangent.defined()) results.push_back(tangent);
  }
  return results;
}

void check_replay(const OpCase& op, const Sample& sample, const Tensors& inputs, const CaptureOptions& options) {
  const auto function = [&](const Tensors& given) { return everything(op, sample, given); };
  const Program program = capture(function, inputs, options);
  for (int run = 0; run < 2; ++run) {
    const RandomState state = get_random_state();
    const Tensors expected = function(inputs);
    set_random_state(state);
    const Tensors results = program(inputs);
    REQUIRE(results.size() == expected.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      INFO(op.op << ", " << sample.description << ": result " << i << " of\n" << program.str());
      CHECK(identical(results[i], expected[i]));
    }
  }
}

}  // namespace

TEST_CASE("every op replays bit for bit, with its gradients and tangents") {
  for (const OpCase& op : op_cases()) {
    // Its samples start the random stream anew, which is no operation.
    if (op.op == "dropout") continue;
    for (const Sample& sample : op.samples) {
      INFO(op.op << ", " << sample.description);
      check_replay(op, sample, sample.inputs, {});
      Tensors single;
      for (const Tensor& x : sample.inputs) single.push_back(x.dtype() == float64 ? x.astype(float32) : x);
      check_replay(op, sample, single,
                   {.remove_dead_code = false,
                    .fold_constants = false,
                    .eliminate_common_subexpressions = false,
                    .fuse_epilogues = false,
                    .fuse_gradients = false,
                    .fuse_elementwise_chains = false,
                    .in_place = false});
    }
  }
}

}  // namespace xtape::test
