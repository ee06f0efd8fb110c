#include <map>
#include <regex>
#include <set>
#include <string>

#include "catch.hpp"
#include "ops/registry.hpp"
#include "reference/calls.hpp"
#include "reference/cases.hpp"
#include "support/declared_ops.hpp"

// PyTorch has been asked about every operation, or there is a reason.
namespace xtape::test {
namespace {

using autograd::OpEntry;

// Operations that are no functions of their own: the public one in whose values or derivatives they run.
const std::map<std::string, std::string> within = {
    {"gelu_tanh", "gelu"},
    {"scaled_slope", "categorical_crossentropy"},
    {"cross_entropy", "categorical_crossentropy"},
    {"scaled_quotient", "divide"},
    {"sum_of_products", "multiply"},
    {"sum_of_matmuls", "matmul"},
    {"arithmetic_pair", "multiply"},
    {"scatter_add", "take"},
    {"put_range", "slice"},
    {"max_pool2d_pick", "max_pool2d"},
    {"bias_activation", "dense"},
    {"scaled_to_norm", "rms_norm"},
    {"resample", "resize"},
};

// What PyTorch is not asked about, and why.
const std::map<std::string, std::string> without_counterpart = {
    {"linear", "the formula of fused activations that are none; no function computes it"},
    {"dropout", "draws other random numbers; tests/ops/dropout.cpp"},
    {"apply_dropout_mask", "in the derivatives of dropout"},
    {"gaussian_noise", "draws other random numbers; tests/ops/noise.cpp"},
    {"gaussian_dropout", "draws other random numbers; tests/ops/noise.cpp"},
    {"alpha_dropout", "draws other random numbers; tests/ops/noise.cpp"},
    {"spectral_norm", "a composition whose vectors are constants; tests/ops/normalization.cpp"},
    {"attention_mask", "truths; tests/ops/layer_cases.cpp"},
    {"ctc_loss", "Keras's figures, of which tests/golden has values and gradients, are PyTorch's"},
    {"ctc_posterior", "in the derivatives of ctc_loss"},
    {"tensor", "creation, without derivatives"},
    {"empty", "creation"},
    {"zeros", "creation"},
    {"ones", "creation"},
    {"full", "creation"},
    {"zeros_like", "creation"},
    {"ones_like", "creation"},
    {"full_like", "creation"},
    {"arange", "creation"},
    {"linspace", "creation"},
    {"eye", "creation"},
    {"from_data", "creation"},
    {"borrow_data", "creation"},
    {"rand", "random"},
    {"randn", "random"},
    {"randint", "random"},
    {"randperm", "random"},
    {"allclose", "a single truth; tests/core/comparison.cpp"},
    {"array_equal", "a single truth; tests/core/comparison.cpp"},
    {"sgd_update", "Keras's step; tests/golden"},
    {"adam_update", "Keras's step; tests/golden"},
    {"rmsprop_update", "Keras's step; tests/golden"},
    {"nadam_update", "Keras's step; tests/golden"},
    {"adamax_update", "Keras's step; tests/golden"},
    {"adagrad_update", "Keras's step; tests/golden"},
    {"adadelta_update", "Keras's step; tests/golden"},
    {"lion_update", "Keras's step; tests/golden"},
    {"ftrl_update", "Keras's step; tests/golden"},
    {"lamb_update", "Keras's step; tests/golden"},
    {"adafactor_update", "Keras's step; tests/golden"},
};

// The operations of the library that have derivatives. Those named <operation>_vjp, <operation>_jvp or
// <operation>_backward... run in the derivatives of that one, and count as it.
std::set<std::string> differentiable_operations() {
  static const std::regex suffix("_(vjp|jvp|backward|backward_data|backward_weights)$");
  std::set<std::string> names;
  for (const OpEntry& entry : ops::registry()) {
    if (entry.reverse != OpEntry::Answer::none) names.insert(std::regex_replace(entry.name, suffix, ""));
  }
  return names;
}

}  // namespace

TEST_CASE("PyTorch was asked about every operation") {
  std::set<std::string> names = declared_ops();
  CHECK(names.size() > 60);
  names.merge(differentiable_operations());
  CHECK(names.size() > 120);
  std::set<std::string> covered;
  for (const ReferenceCase& reference : reference_cases()) covered.insert(reference.op);
  for (const std::string& name : names) {
    INFO(name << " needs cases in tests/reference, or a reason in without_counterpart");
    const auto found = within.find(name);
    CHECK((covered.contains(found == within.end() ? name : found->second) || without_counterpart.contains(name)));
  }
  for (const auto& [name, reason] : without_counterpart) {
    INFO(name << " is no operation, or has cases");
    CHECK((names.contains(name) && !covered.contains(name)));
  }
  for (const auto& [name, operation] : within) {
    INFO(name << " is no operation");
    CHECK(names.contains(name));
  }
}

TEST_CASE("there are cases for each call, of all kinds") {
  std::map<std::string, int> counts;
  int broadcast = 0, empty = 0, zero_dimensional = 0;
  for (const ReferenceCase& reference : reference_cases()) {
    ++counts[reference.op];
    bool has_none = false, is_single = false;
    std::set<std::string> shapes;
    for (const Tensor& input : reference.inputs) {
      if (!input.defined()) continue;
      has_none |= input.numel() == 0;
      is_single |= input.rank() == 0;
      shapes.insert(input.shape().str());
    }
    empty += has_none;
    zero_dimensional += is_single;
    broadcast += reference.inputs.size() == 2 && shapes.size() == 2;
  }
  for (const auto& [name, call] : all_calls()) {
    INFO(name);
    CHECK(counts[name] > 0);
  }
  CHECK(counts.size() == all_calls().size());
  CHECK(empty > 50);
  CHECK(zero_dimensional > 50);
  CHECK(broadcast > 50);
}

}  // namespace xtape::test
