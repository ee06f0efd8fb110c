#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "reference/calls.hpp"
#include "reference/cases.hpp"
#include "support/sample_tensors.hpp"

// Each case through the public operation, beside what PyTorch has for it.
namespace xtape::test {
namespace {

constexpr double of_values = 1e-10, of_derivatives = 1e-8;

double largest_absolute(const Tensor& x) {
  double largest = 0;
  for (double value : x.to_vector<double>()) {
    if (!(std::abs(value) <= largest)) largest = std::isnan(value) ? HUGE_VAL : std::abs(value);
  }
  return largest;
}

// Within the tolerance, relative to the largest value; where all shall be zero, by itself.
void check_close(const Tensors& actual, const Tensors& expected, double tolerance) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    // The derivatives of constants.
    if (!expected[i].defined()) continue;
    INFO("tensor " << i);
    REQUIRE(actual[i].defined());
    REQUIRE(actual[i].shape() == expected[i].shape());
    const double largest = largest_absolute(expected[i]);
    CHECK(largest_absolute(actual[i].astype(float64) - expected[i].astype(float64)) <=
          tolerance * (largest > 0 ? largest : 1));
  }
}

// A case on inputs of some layout, as a function of those of floating type.
class Use {
 public:
  Use(const ReferenceCase& reference, Tensors inputs)
      : reference_(reference), call_(all_calls().at(reference.op)), inputs_(std::move(inputs)) {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i].defined() && is_floating(inputs_[i].dtype())) places_.push_back(i);
    }
  }

  Tensors primals() const {
    Tensors result;
    for (const std::size_t place : places_) result.push_back(inputs_[place]);
    return result;
  }
  Tensors leaves() const {
    Tensors result;
    for (const std::size_t place : places_) result.push_back(inputs_[place].detach().set_requires_grad());
    return result;
  }

  Tensors operator()(const Tensors& floating) const {
    Tensors inputs = inputs_;
    for (std::size_t i = 0; i < places_.size(); ++i) inputs[places_[i]] = floating[i];
    return call_(inputs, reference_.config);
  }
  // A number whose Hessian shows both derivatives of a rule: by the inputs, and by the gradient of the results.
  Tensor measure(const Tensors& floating) const {
    const Tensors results = (*this)(floating);
    Tensor total = zeros({}, float64);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Tensor& cotangent = reference_.cotangents[i];
      if (cotangent.defined()) total = total + sum(results[i] * cotangent) + sum(square(results[i])) / 2;
    }
    return total;
  }

 private:
  const ReferenceCase& reference_;
  const Call& call_;
  Tensors inputs_;
  std::vector<std::size_t> places_;
};

// The gradients of a number that may be a constant.
Tensors gradients_of(const Tensor& number, const Tensors& variables, bool create_graph = false) {
  Tensors gradients(variables.size());
  if (number.requires_grad()) {
    gradients = grad({number}, variables, {.create_graph = create_graph, .allow_unused = true});
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (!gradients[i].defined()) gradients[i] = zeros_like(variables[i]);
  }
  return gradients;
}

// Calls check(reference, use) for all cases, on dense inputs and on others, naming them in failures.
template <class Check>
void for_each_use(const Check& check) {
  for (const ReferenceCase& reference : reference_cases()) {
    for (const bool dense : {true, false}) {
      INFO(reference.op << ": " << reference.name << (dense ? "" : ", not dense"));
      Tensors inputs;
      for (const Tensor& input : reference.inputs) {
        inputs.push_back(dense || !input.defined() ? input : non_contiguous(input));
      }
      try {
        check(reference, Use(reference, inputs));
      } catch (const Error& error) {
        FAIL_CHECK(error.what());
      }
    }
  }
}

template <class Check>
void for_each_differentiable_use(const Check& check) {
  for_each_use([&](const ReferenceCase& reference, const Use& use) {
    if (reference.differentiable()) check(reference, use);
  });
}

}  // namespace

TEST_CASE("operations have PyTorch's values") {
  for_each_use([](const ReferenceCase& reference, const Use& use) {
    check_close(use(use.primals()), reference.values, of_values);
    check_all_read(reference.config);
  });
}

TEST_CASE("operations have PyTorch's gradients") {
  for_each_differentiable_use([](const ReferenceCase& reference, const Use& use) {
    const Tensors leaves = use.leaves(), results = use(leaves);
    Tensor total = zeros({}, float64);
    for (std::size_t i = 0; i < results.size(); ++i) {
      CHECK(results[i].requires_grad() == reference.cotangents[i].defined());
      if (results[i].requires_grad()) total = total + sum(results[i] * reference.cotangents[i]);
    }
    check_close(gradients_of(total, leaves), reference.gradients, of_derivatives);
  });
}

TEST_CASE("operations have PyTorch's tangents") {
  for_each_differentiable_use([](const ReferenceCase& reference, const Use& use) {
    const auto [values, tangents] = jvp(use, use.primals(), reference.tangents);
    check_close(values, reference.values, of_values);
    check_close(tangents, reference.jvp, of_derivatives);
  });
}

TEST_CASE("operations have PyTorch's Hessians, reverse over reverse") {
  for_each_differentiable_use([](const ReferenceCase& reference, const Use& use) {
    const Tensors leaves = use.leaves();
    const Tensors gradients = gradients_of(use.measure(leaves), leaves, true);
    Tensor slope = zeros({}, float64);
    for (std::size_t i = 0; i < leaves.size(); ++i) slope = slope + sum(gradients[i] * reference.tangents[i]);
    check_close(gradients_of(slope, leaves), reference.hvp, of_derivatives);
  });
}

TEST_CASE("operations have PyTorch's Hessians, forward over reverse") {
  for_each_differentiable_use([](const ReferenceCase& reference, const Use& use) {
    // Recorded, gradients are computed by other operations.
    for (const bool create_graph : {false, true}) {
      INFO((create_graph ? "recorded" : "not recorded"));
      const auto gradients = [&](const Tensors& x) {
        for (const Tensor& variable : x) variable.set_requires_grad();
        return gradients_of(use.measure(x), x, create_graph);
      };
      check_close(jvp(gradients, use.primals(), reference.tangents).second, reference.hvp, of_derivatives);
    }
  });
}

TEST_CASE("operations have PyTorch's Hessians, reverse over forward") {
  for_each_differentiable_use([](const ReferenceCase& reference, const Use& use) {
    const Tensors leaves = use.leaves();
    const auto measure = [&](const Tensors& x) -> Tensors { return {use.measure(x)}; };
    const Tensor slope = jvp(measure, leaves, reference.tangents).second.front();
    check_close(gradients_of(slope, leaves), reference.hvp, of_derivatives);
  });
}

}  // namespace xtape::test
