#include <algorithm>
#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "ops/op_cases.hpp"
#include "support/sample_tensors.hpp"

// Tangents of every op, beside two references: reverse mode and differences.
namespace xtape::test {
namespace {

bool is_differentiable(const Tensor& x) { return is_floating(x.dtype()); }

Tensors tangents_of(const Tensors& inputs) {
  Tensors tangents;
  for (const Tensor& input : inputs) {
    tangents.push_back(is_differentiable(input)
                           ? sample(input.shape(), {-1.5, 1.5}, 31 + tangents.size()).astype(input.dtype())
                           : Tensor());
  }
  return tangents;
}

// The product of the Jacobian with the tangents by reverse mode: its transpose is linear in the upstream gradient, so
// that the derivative of that is the Jacobian.
Tensors products_by_reverse_mode(const Function& function, const Tensors& inputs, const Tensors& tangents) {
  Tensors arguments, leaves, leaf_tangents;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arguments.push_back(inputs[i].detach());
    if (!tangents[i].defined()) continue;
    arguments.back().set_requires_grad();
    leaves.push_back(arguments.back());
    leaf_tangents.push_back(tangents[i]);
  }
  const Tensors outputs = function(arguments);
  Tensors upstream, used;
  for (const Tensor& output : outputs) {
    if (!output.requires_grad()) continue;
    used.push_back(output);
    upstream.push_back(sample(output.shape(), {0.5, 1.5}, 5).astype(output.dtype()));
    upstream.back().set_requires_grad();
  }
  Tensors products(outputs.size());
  if (used.empty()) return products;
  const Tensors gradients = grad(used, leaves, {.gradients = upstream, .create_graph = true, .allow_unused = true});
  Tensor total = zeros({}, float64);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (gradients[i].defined()) total = total + sum(gradients[i] * leaf_tangents[i]);
  }
  if (!total.requires_grad()) return products;
  const Tensors found = grad({total}, upstream, {.allow_unused = true});
  for (std::size_t i = 0, next = 0; i < outputs.size(); ++i) {
    if (outputs[i].requires_grad()) products[i] = found[next++];
  }
  return products;
}

void check_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  REQUIRE(actual.shape() == expected.shape());
  const double largest = expected.numel() ? std::max(1.0, max(abs(expected)).item<double>()) : 1;
  CHECK(allclose(actual, expected, 0, tolerance * largest, true));
}

// Calls check(row, sample, inputs, tangents) for all differentiable samples, naming them in failures.
template <class Check>
void for_each_sample(const Check& check) {
  for (const OpCase& row : op_cases()) {
    if (!row.differentiable) continue;
    for (const Sample& each : row.samples) {
      INFO(row.op << ": " << each.description);
      try {
        check(row, each, tangents_of(each.inputs));
      } catch (const Error& error) {
        FAIL_CHECK(error.what());
      }
    }
  }
}

}  // namespace

TEST_CASE("tangents of ops are those that reverse mode gives") {
  for_each_sample([](const OpCase&, const Sample& each, const Tensors& tangents) {
    const auto [values, found] = jvp(each.function, each.inputs, tangents);
    const Tensors plain = each.function(each.inputs);
    const Tensors expected = products_by_reverse_mode(each.function, each.inputs, tangents);
    REQUIRE(values.size() == plain.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      check_close(values[i], plain[i], 1e-13);
      if (!is_differentiable(plain[i])) continue;
      check_close(found[i], expected[i].defined() ? expected[i] : zeros_like(plain[i]), 1e-12);
    }
  });
}

TEST_CASE("tangents are the same where operations are recorded") {
  for_each_sample([](const OpCase&, const Sample& each, const Tensors& tangents) {
    Tensors recorded;
    for (const Tensor& input : each.inputs) {
      recorded.push_back(input.detach());
      if (is_differentiable(input)) recorded.back().set_requires_grad();
    }
    const Tensors found = jvp(each.function, recorded, tangents).second;
    const Tensors expected = jvp(each.function, each.inputs, tangents).second;
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i].defined()) check_close(found[i].detach(), expected[i], 1e-12);
    }
  });
}

TEST_CASE("tangents of many elements are those of few") {
  const auto check = [](const Function& function, const Tensors& inputs) {
    const Tensors tangents = tangents_of(inputs);
    const auto [values, found] = jvp(function, inputs, tangents);
    const int64_t length = inputs[0].numel(), part = 1000;
    for (int64_t begin = 0; begin < length; begin += part) {
      const auto some = [&](const Tensor& x) { return x.slice(0, {begin, std::min(begin + part, length)}); };
      Tensors few, their_tangents;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        few.push_back(some(inputs[i]));
        their_tangents.push_back(some(tangents[i]));
      }
      const auto expected = jvp(function, few, their_tangents);
      check_close(some(values[0]), expected.first[0], 1e-6);
      check_close(some(found[0]), expected.second[0], 1e-6);
    }
  };
  for (const DType type : {float32, float64}) {
    const Tensor x = sample({40003}, {-2, 2}, 3).astype(type), y = sample({40003}, {-2, 2}, 4).astype(type);
    check([](const Tensors& v) -> Tensors { return {tanh(v[0])}; }, {x});
    check([](const Tensors& v) -> Tensors { return {relu(v[0])}; }, {x});
    check([](const Tensors& v) -> Tensors { return {gelu(v[0])}; }, {x});
    check([](const Tensors& v) -> Tensors { return {v[0] * v[1]}; }, {x, y});
    check([](const Tensors& v) -> Tensors { return {v[0] - v[1]}; }, {x, y});
  }
}

namespace {

// The same numbers, the first axis innermost in memory.
Tensor across(const Tensor& x) {
  std::vector<int> order;
  for (int axis = x.rank(); axis-- > 0;) order.push_back(axis);
  return permute(permute(x, order).clone(), order);
}

// One number as often as x has elements.
Tensor repeated(const Tensor& x) { return broadcast_to(full({}, 0.75, x.dtype()), x.shape()); }

}  // namespace

TEST_CASE("tangents lie in memory as they like") {
  for_each_sample([](const OpCase&, const Sample& each, const Tensors& tangents) {
    for (const auto& laid : {across, repeated}) {
      Tensors strided, dense;
      for (const Tensor& tangent : tangents) {
        strided.push_back(tangent.defined() ? laid(tangent) : Tensor());
        dense.push_back(tangent.defined() ? strided.back().clone() : Tensor());
      }
      const Tensors found = jvp(each.function, each.inputs, strided).second;
      const Tensors expected = jvp(each.function, each.inputs, dense).second;
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].defined()) check_close(found[i], expected[i], 1e-13);
      }
    }
  });
}

TEST_CASE("tangents of ops are those that differences show") {
  for_each_sample([](const OpCase&, const Sample& each, const Tensors& tangents) {
    if (!each.gradcheck) return;
    const double step = 1e-6;
    const auto at = [&](double distance) {
      Tensors moved;
      for (std::size_t i = 0; i < each.inputs.size(); ++i) {
        moved.push_back(tangents[i].defined() ? each.inputs[i] + distance * tangents[i] : each.inputs[i]);
      }
      return each.function(moved);
    };
    const Tensors found = jvp(each.function, each.inputs, tangents).second;
    const Tensors above = at(step), below = at(-step);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (is_differentiable(above[i])) check_close(found[i], (above[i] - below[i]) / (2 * step), 1e-6);
    }
  });
}

TEST_CASE("a tangent for one input alone is that input's share") {
  for_each_sample([](const OpCase&, const Sample& each, const Tensors& tangents) {
    if (each.inputs.size() < 2) return;
    const Tensors together = jvp(each.function, each.inputs, tangents).second;
    Tensors sums(together.size());
    for (std::size_t i = 0; i < tangents.size(); ++i) {
      if (!tangents[i].defined()) continue;
      Tensors alone(tangents.size());
      alone[i] = tangents[i];
      const Tensors part = jvp(each.function, each.inputs, alone).second;
      for (std::size_t k = 0; k < part.size(); ++k) {
        if (!part[k].defined()) continue;
        sums[k] = sums[k].defined() ? sums[k] + part[k] : part[k];
      }
    }
    for (std::size_t k = 0; k < together.size(); ++k) {
      if (sums[k].defined()) check_close(sums[k], together[k], 1e-12);
    }
  });
}

}  // namespace xtape::test
