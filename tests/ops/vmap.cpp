#include <algorithm>
#include <xtape/xtape.hpp>

#include "autograd/op.hpp"
#include "catch.hpp"
#include "ops/op_cases.hpp"
#include "support/sample_tensors.hpp"

// Every op under vmap, beside a loop over the examples.
namespace xtape::test {
namespace {

constexpr int64_t examples = 3;

bool is_differentiable(const Tensor& x) { return is_floating(x.dtype()); }

// Examples of an input near the one given: floating ones are changed a little, others entirely the same but for their
// order along the first axis, so that they stay valid.
Tensor examples_of(const Tensor& input, uint64_t seed) {
  Tensors parts{input.detach()};
  for (int64_t i = 1; i < examples; ++i) {
    if (is_differentiable(input)) {
      parts.push_back(input.detach() * (1 + 0.01 * static_cast<double>(i)) +
                      1e-3 * sample(input.shape(), {0, 1}, seed).astype(input.dtype()));
    } else {
      const bool turns = input.rank() > 0 && i % 2 == 1;
      parts.push_back(turns ? input.slice(0, {.step = -1}).clone() : input.detach());
    }
  }
  return stack(parts);
}

bool is_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  const Tensor a = actual.astype(float64), b = expected.astype(float64);
  const double largest = b.numel() ? std::max(1.0, max(abs(where(isfinite(b), b, 0))).item<double>()) : 1;
  return allclose(a, b, 0, tolerance * largest, true);
}

void check_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  REQUIRE(actual.shape() == expected.shape());
  REQUIRE(actual.dtype() == expected.dtype());
  CHECK(is_close(actual, expected, tolerance));
}

// One way to map the inputs of a sample.
struct Mapping {
  Tensors inputs;
  std::vector<std::optional<int>> axes;
};

// All inputs mapped along the first axis and along the last, and each one alone.
std::vector<Mapping> mappings_of(const Tensors& inputs) {
  std::vector<Mapping> result(2);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor all = examples_of(inputs[i], 40 + i);
    result[0].inputs.push_back(all);
    result[0].axes.emplace_back(0);
    std::vector<int> order;
    for (int axis = 1; axis < all.rank(); ++axis) order.push_back(axis);
    order.push_back(0);
    result[1].inputs.push_back(all.permute(order));
    result[1].axes.emplace_back(-1);
    if (inputs.size() == 1) continue;
    Mapping alone{inputs, std::vector<std::optional<int>>(inputs.size())};
    alone.inputs[i] = all;
    alone.axes[i] = 0;
    result.push_back(std::move(alone));
  }
  return result;
}

Tensors example(const Mapping& mapping, int64_t i) {
  Tensors inputs;
  for (std::size_t k = 0; k < mapping.inputs.size(); ++k) {
    inputs.push_back(mapping.axes[k] ? mapping.inputs[k].select(*mapping.axes[k], i) : mapping.inputs[k]);
  }
  return inputs;
}

Tensors loop(const Function& function, const Mapping& mapping) {
  std::vector<Tensors> results;
  for (int64_t i = 0; i < examples; ++i) {
    const Tensors outputs = function(example(mapping, i));
    results.resize(outputs.size());
    for (std::size_t k = 0; k < outputs.size(); ++k) results[k].push_back(outputs[k]);
  }
  Tensors stacked;
  for (const Tensors& each : results) stacked.push_back(stack(each));
  return stacked;
}

// Inputs and the gradients of those that are floating, as a function.
Function with_gradients(const Function& function) {
  return [function](const Tensors& inputs) {
    Tensors arguments, leaves;
    for (const Tensor& input : inputs) {
      arguments.push_back(input.detach());
      if (is_differentiable(input)) leaves.push_back(arguments.back().set_requires_grad());
    }
    const Tensors outputs = function(arguments);
    Tensors used, upstream;
    for (const Tensor& output : outputs) {
      if (!output.requires_grad()) continue;
      used.push_back(output);
      upstream.push_back(sample(output.shape(), {0.5, 1.5}, 11 + used.size()).astype(output.dtype()));
    }
    Tensors gradients;
    if (!used.empty()) gradients = grad(used, leaves, {.gradients = upstream, .allow_unused = true});
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (!gradients[i].defined()) gradients[i] = zeros_like(leaves[i]);
    }
    return gradients;
  };
}

// Calls check(row, sample, mapping) for all samples, naming them in failures.
template <class Check>
void for_each_mapping(const Check& check) {
  for (const OpCase& row : op_cases()) {
    for (const Sample& each : row.samples) {
      for (const Mapping& mapping : mappings_of(each.inputs)) {
        std::string axes;
        for (const auto& axis : mapping.axes) axes += axis ? std::to_string(*axis) + " " : "- ";
        INFO(row.op << ": " << each.description << ", in_axes " << axes);
        try {
          check(row, each, mapping);
        } catch (const Error& error) {
          FAIL_CHECK(error.what());
        }
      }
    }
  }
}

Tensors mapped_results(const Function& function, const Mapping& mapping) {
  // Samples that draw random numbers set the seed: all examples draw the same ones.
  return vmap(function, {.in_axes = mapping.axes, .randomness = Randomness::same})(mapping.inputs);
}

void check_against_loop(const Function& function, const Mapping& mapping, double tolerance) {
  const Tensors found = mapped_results(function, mapping);
  const Tensors expected = loop(function, mapping);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("result " << i);
    check_close(found[i], expected[i], tolerance);
  }
}

// Planted rules: each example gets the result of another one, or the sum over all.
enum class Mixed { not_at_all, in_order, in_sum };
struct Doubled {
  static constexpr const char* name = "doubled";
  static constexpr bool linear = true;
  Mixed mixed;

  autograd::Spec shape(const Tensor& x) const { return {x.shape(), x.dtype()}; }
  void compute(const Tensor& x, const Tensor& y) const { y.assign(x * 2); }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const { gradients.set(0, g * 2); }
  Tensor batch(const autograd::Examples&, const autograd::Mapped& x) const {
    if (mixed == Mixed::in_order) return x.value.slice(0, {.step = -1}) * 2;
    if (mixed == Mixed::in_sum) return broadcast_to(sum(x.value, 0, true) * 2, x.value.shape());
    return x.value * 2;
  }
};

}  // namespace

TEST_CASE("a batch rule that mixes examples is caught") {
  for (const Mixed mixed : {Mixed::not_at_all, Mixed::in_order, Mixed::in_sum}) {
    const Function function = [=](const Tensors& x) -> Tensors { return {autograd::apply(Doubled{mixed}, x[0])}; };
    for (const Mapping& mapping : mappings_of({sample({2, 3}, {-1, 1}).astype(float64)})) {
      const bool equal = is_close(mapped_results(function, mapping)[0], loop(function, mapping)[0], 1e-12);
      CHECK(equal == (mixed == Mixed::not_at_all));
    }
  }
}

TEST_CASE("ops under vmap are loops over the examples") {
  for_each_mapping([](const OpCase&, const Sample& each, const Mapping& mapping) {
    check_against_loop(each.function, mapping, 1e-12);
  });
}

TEST_CASE("gradients within vmap are those of a loop") {
  for_each_mapping([](const OpCase& row, const Sample& each, const Mapping& mapping) {
    if (row.differentiable) check_against_loop(with_gradients(each.function), mapping, 1e-11);
  });
}

}  // namespace xtape::test
