#include "saving/self_test.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/call_scope.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::saving {
namespace {

constexpr int64_t samples = 3;

// Numbers without a pattern that a layer could miss, small ones for indices, of which the largest is 1.
Tensor input_of(const Shape& shape, DType dtype, int64_t unknown_length, bool only_zeros) {
  Shape full = shape;
  for (int64_t& length : full) {
    if (length == -1) length = unknown_length;
  }
  full[0] = samples;
  Tensor x = zeros(full, is_floating(dtype) ? float32 : dtype);
  if (only_zeros) return x.astype(dtype);
  if (is_floating(dtype)) {
    float* const to = x.data<float>();
    for (int64_t i = 0; i < x.numel(); ++i) to[i] = static_cast<float>(std::sin(1.7 * static_cast<double>(i) + 0.3));
    return x.astype(dtype);
  }
  Tensor bits = zeros(full, int64);
  auto* const to = bits.data<int64_t>();
  for (int64_t i = 0; i < bits.numel(); ++i) to[i] = (i * i + i / 3) % 2;
  return bits.astype(dtype);
}

// Each with its type.
std::vector<std::pair<Shape, DType>> input_kinds(const models::Model& model) {
  std::vector<std::pair<Shape, DType>> kinds;
  if (model.impl().has_graph()) {
    for (const Symbol& input : model.inputs()) kinds.emplace_back(input.shape(), input.dtype());
  } else if (!model.build_shape().empty()) {
    for (const Shape& shape : model.impl().build_shapes()) kinds.emplace_back(shape, float32);
  }
  if (kinds.empty()) throw ValueError("self_test: the inputs of the model are not known", model.name());
  return kinds;
}

// Layers that go on from call to call begin anew in this one, and stay where they were.
std::vector<Tensor> outputs_of(const models::Model& model, const std::vector<Tensor>& inputs) {
  const NoGrad no_grad;
  const detail::TrialScope trial;
  return model.impl().outputs_for(models::Data(inputs), false);
}

// In units of the largest number expected.
double largest_difference(const Tensor& a, const Tensor& b) {
  const Tensor x = a.astype(float64).contiguous(), y = b.astype(float64).contiguous();
  const double *p = x.data<double>(), *q = y.data<double>();
  double difference = 0, largest = 0;
  for (int64_t i = 0; i < x.numel(); ++i) {
    if (std::isnan(p[i]) != std::isnan(q[i])) return INFINITY;
    if (std::isfinite(q[i])) largest = std::max(largest, std::abs(q[i]));
    if (p[i] == q[i] || std::isnan(p[i])) continue;
    difference = std::max(difference, std::abs(p[i] - q[i]));
  }
  return difference == 0 ? 0 : difference / largest;
}

}  // namespace

io::ArrayGroup self_test_of(const models::Model& model) {
  const auto kinds = input_kinds(model);
  // What a layer refuses as too short, or outside a vocabulary, it may take otherwise.
  for (const int64_t length : {8, 32, 128}) {
    for (const bool only_zeros : {false, true}) {
      std::vector<Tensor> inputs;
      for (const auto& [shape, dtype] : kinds) inputs.push_back(input_of(shape, dtype, length, only_zeros));
      try {
        const std::vector<Tensor> outputs = outputs_of(model, inputs);
        io::ArrayGroup test;
        for (std::size_t i = 0; i < inputs.size(); ++i) test.add_array("inputs/" + std::to_string(i), inputs[i]);
        for (std::size_t i = 0; i < outputs.size(); ++i) test.add_array("outputs/" + std::to_string(i), outputs[i]);
        return test;
      } catch (const Error&) {
        if (length == 128 && only_zeros) throw;
      }
    }
  }
  throw ValueError("self_test: no inputs were tried", model.name());
}

void run_self_test(const models::Model& model, const io::ArrayGroup& test, const std::string& file) {
  std::vector<Tensor> inputs, expected;
  while (const Tensor* x = test.find_array("inputs/" + std::to_string(inputs.size()))) inputs.push_back(*x);
  while (const Tensor* y = test.find_array("outputs/" + std::to_string(expected.size()))) expected.push_back(*y);
  const std::vector<Tensor> outputs = outputs_of(model, inputs);
  const auto fail = [&](const std::string& what) {
    throw ValueError(file + ": self-test: " + what + "; the file was changed, or a layer works otherwise than it did");
  };
  if (outputs.size() != expected.size()) {
    fail("the model gives " + std::to_string(outputs.size()) + " outputs, and gave " + std::to_string(expected.size()));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string output = "output " + std::to_string(i);
    if (outputs[i].shape() != expected[i].shape()) {
      fail(output + " has the shape " + outputs[i].shape().str() + ", and had " + expected[i].shape().str());
    }
    // Instruction sets and numbers of threads change the last bits.
    const double difference = largest_difference(outputs[i], expected[i]);
    if (!(difference <= 1e-4)) fail(output + " differs by " + std::to_string(difference) + " from what it was");
  }
}

}  // namespace xtape::saving
