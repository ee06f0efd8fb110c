#include <algorithm>
#include <cmath>
#include <sstream>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "ops/op_cases.hpp"
#include "support/sample_tensors.hpp"

// Runs each row of the table of ops through the same checks.
namespace xtape::test {
namespace {

bool has_gradient(const Tensor& input) { return is_floating(input.dtype()); }

// Copies of the inputs; those of floating type are leaves.
Tensors leaves_of(const Tensors& inputs) {
  Tensors leaves;
  for (const Tensor& input : inputs) {
    leaves.push_back(input.detach());
    if (has_gradient(input)) leaves.back().set_requires_grad();
  }
  return leaves;
}

Tensors converted(Tensors tensors, DType dtype) {
  for (Tensor& each : tensors) {
    if (has_gradient(each)) each = each.astype(dtype);
  }
  return tensors;
}

// Upstream gradients, all different.
Tensors upstream_of(const Tensors& outputs) {
  Tensors result;
  for (const Tensor& output : outputs) {
    result.push_back(sample(output.shape(), {0.5, 1.5}, 11 + result.size()).astype(output.dtype()));
  }
  return result;
}

// The gradients of the floating inputs.
Tensors gradients_of(const Sample& each, const Tensors& inputs) {
  const Tensors leaves = leaves_of(inputs);
  const Tensors outputs = each.function(leaves);
  backward(outputs, upstream_of(outputs));
  Tensors result;
  for (const Tensor& leaf : leaves) {
    if (has_gradient(leaf)) result.push_back(leaf.grad());
  }
  return result;
}

double largest_absolute(const Tensor& x) {
  double largest = 0;
  for (double value : x.to_vector<double>()) largest = std::max(largest, std::abs(value));
  return largest;
}

// The largest difference, relative to max(1, largest absolute value of `expected`); infinite for NaN.
double difference(const Tensor& actual, const Tensor& expected) {
  const std::vector<double> a = actual.to_vector<double>(), b = expected.to_vector<double>();
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double distance = std::abs(a[i] - b[i]);
    if (!(distance <= largest)) largest = std::isnan(distance) ? HUGE_VAL : distance;
  }
  return largest / std::max(1.0, largest_absolute(expected));
}

void compare(const Tensors& actual, const Tensors& expected, double tolerance) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    INFO("tensor " << i);
    CHECK(actual[i].shape() == expected[i].shape());
    if (actual[i].shape() == expected[i].shape()) CHECK(difference(actual[i], expected[i]) <= tolerance);
  }
}

// Calls check(row, sample) for all samples, naming them in failures.
template <class Check>
void for_each_sample(const Check& check) {
  for (const OpCase& row : op_cases()) {
    for (const Sample& each : row.samples) {
      INFO(row.op << ": " << each.description);
      try {
        check(row, each);
      } catch (const Error& error) {
        FAIL_CHECK(error.what());
      }
    }
  }
}

}  // namespace

TEST_CASE("ops compute the values of plain loops") {
  for_each_sample([](const OpCase&, const Sample& each) {
    if (each.reference) compare(each.function(each.inputs), each.reference(each.inputs), 1e-12);
  });
}

TEST_CASE("ops have the gradients that differences show") {
  for_each_sample([](const OpCase& row, const Sample& each) {
    if (!row.differentiable || !each.gradcheck) return;
    GradcheckOptions options;
    options.allow_zero = each.zero_gradient;
    options.second_order = row.second_order;
    const GradcheckReport report = gradcheck(each.function, leaves_of(each.inputs), options);
    INFO(report.message);
    CHECK(report.passed);
  });
}

TEST_CASE("gradients have the shape and type of their inputs") {
  for_each_sample([](const OpCase& row, const Sample& each) {
    if (!row.differentiable) return;
    for (DType dtype : {float32, float64}) {
      const Tensors inputs = converted(each.inputs, dtype);
      const Tensors gradients = gradients_of(each, inputs);
      std::size_t next = 0;
      for (const Tensor& input : inputs) {
        if (!has_gradient(input)) continue;
        const Tensor& gradient = gradients[next++];
        REQUIRE(gradient.defined());
        CHECK(gradient.shape() == input.shape());
        CHECK(gradient.dtype() == dtype);
      }
    }
  });
}

TEST_CASE("one input's gradient does not depend on whether others need theirs") {
  for_each_sample([](const OpCase& row, const Sample& each) {
    if (!row.differentiable || !each.gradcheck || each.inputs.size() < 2) return;
    const Tensors together = gradients_of(each, each.inputs);
    std::size_t next = 0;
    for (std::size_t i = 0; i < each.inputs.size(); ++i) {
      if (!has_gradient(each.inputs[i])) continue;
      Tensors inputs;
      for (const Tensor& input : each.inputs) inputs.push_back(input.detach());
      inputs[i].set_requires_grad();
      // Not every output need depend on it.
      const Tensors outputs = each.function(inputs), upstream = upstream_of(outputs);
      Tensors dependent, gradients;
      for (std::size_t k = 0; k < outputs.size(); ++k) {
        if (!outputs[k].requires_grad()) continue;
        dependent.push_back(outputs[k]);
        gradients.push_back(upstream[k]);
      }
      backward(dependent, gradients);
      compare({inputs[i].grad()}, {together[next++]}, 1e-14);
    }
  });
}

TEST_CASE("float32 results are close to float64 ones") {
  for_each_sample([](const OpCase& row, const Sample& each) {
    // Rounding the inputs first leaves the difference to the op alone.
    const Tensors inputs = converted(each.inputs, float32);
    const Tensors rounded = converted(inputs, float64);
    compare(each.function(inputs), each.function(rounded), row.float32_tolerance);
    if (row.differentiable) compare(gradients_of(each, inputs), gradients_of(each, rounded), row.float32_tolerance);
  });
}

TEST_CASE("ops do not care for strides") {
  for_each_sample([](const OpCase& row, const Sample& each) {
    Tensors inputs;
    for (const Tensor& input : each.inputs) inputs.push_back(non_contiguous(input));
    compare(each.function(inputs), each.function(each.inputs), 1e-13);
    if (row.differentiable) compare(gradients_of(each, inputs), gradients_of(each, each.inputs), 1e-13);
  });
}

TEST_CASE("ops on integers give what they give on the same floating values") {
  for_each_sample([](const OpCase& row, const Sample& each) {
    if (row.integers == Integers::unsupported) return;
    for (DType dtype : {bool_, uint8, int32, int64}) {
      if (dtype == bool_ && row.integers == Integers::kept) continue;
      INFO(dtype);
      Tensors integers;
      for (const Tensor& input : each.inputs) {
        // Positive, so that every op is defined and uint8 holds them.
        integers.push_back(has_gradient(input) ? (floor(abs(input)) + 1).astype(dtype) : input);
      }
      Tensors floating;
      for (std::size_t i = 0; i < integers.size(); ++i) {
        floating.push_back(has_gradient(each.inputs[i]) ? integers[i].astype(float64) : integers[i]);
      }
      const Tensors actual = each.function(integers);
      const Tensors expected = each.function(floating);
      const DType narrow_float = dtype == bool_ || dtype == uint8 ? float32 : float64;
      const double tolerance = row.float32_tolerance;
      if (row.integers == Integers::converted) {
        for (const Tensor& output : actual) CHECK(output.dtype() == narrow_float);
        compare(actual, expected, tolerance);
        continue;
      }
      for (const Tensor& output : actual) CHECK((output.dtype() == dtype || output.dtype() == narrow_float));
      // Negative and large results wrap in uint8.
      if (dtype != uint8) compare(actual, expected, tolerance);
    }
  });
}

}  // namespace xtape::test
