#include <string>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "ops/op_cases.hpp"
#include "support/sample_tensors.hpp"

// Every op of the table, whose tensors somebody changes between the call and backward: whatever its derivative needs of
// them, it must notice, or not be disturbed. A wrong gradient is the only fault.
namespace xtape::test {
namespace {

Tensors copies_of(const Tensors& inputs) {
  Tensors copies;
  for (const Tensor& input : inputs) {
    copies.push_back(input.clone());
    if (is_floating(input.dtype())) copies.back().set_requires_grad();
  }
  return copies;
}

Tensors floating_only(const Tensors& tensors) {
  Tensors result;
  for (const Tensor& tensor : tensors) {
    if (is_floating(tensor.dtype())) result.push_back(tensor);
  }
  return result;
}

Tensors gradients_of(const Tensors& outputs, const Tensors& inputs, bool create_graph) {
  Tensors recorded, upstream;
  for (const Tensor& output : outputs) {
    if (!output.requires_grad()) continue;
    recorded.push_back(output);
    upstream.push_back(sample(output.shape(), {0.5, 1.5}, 11 + upstream.size()).astype(output.dtype()));
  }
  return grad(recorded, floating_only(inputs),
              {.gradients = upstream, .create_graph = create_graph, .allow_unused = true});
}

bool equal_lists(const Tensors& a, const Tensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].defined() != b[i].defined() || (a[i].defined() && !array_equal(a[i], b[i]))) return false;
  }
  return a.size() == b.size();
}

// Ways to change elements. Labels and indices become others that the op might not even accept.
using Change = void (*)(const Tensor&);

void by_fill(const Tensor& x) {
  const NoGrad no_grad;
  if (is_floating(x.dtype())) {
    x.fill(0.375);
  } else {
    x.fill(x.dtype() == bool_ ? 1 : 77);
  }
}

void by_address(const Tensor& x) {
  const NoGrad no_grad;
  if (x.numel() == 0) return;
  if (x.dtype() == float64) *x.data<double>() += 0.25;
  if (x.dtype() == float32) *x.data<float>() += 0.25F;
  if (x.dtype() == int64) *x.data<int64_t>() += 1;
  if (x.dtype() == int32) *x.data<int32_t>() += 1;
  if (x.dtype() == uint8) *x.data<uint8_t>() += 1;
  if (x.dtype() == bool_) *x.data<bool>() = !*x.data<const bool>();
}

enum class Outcome { refused, right, wrong };

// What backward says after `which` of the inputs, or the outputs behind them, was changed.
Outcome outcome(const Sample& each, std::size_t which, Change change, bool create_graph) {
  Tensors inputs = copies_of(each.inputs);
  const Tensors expected = gradients_of(each.function(inputs), inputs, create_graph);
  inputs = copies_of(each.inputs);
  const Tensors outputs = each.function(inputs);
  try {
    change(which < inputs.size() ? inputs[which] : outputs[which - inputs.size()]);
  } catch (const ValueError&) {
    return Outcome::refused;  // elements that share memory
  }
  try {
    return equal_lists(gradients_of(outputs, inputs, create_graph), expected) ? Outcome::right : Outcome::wrong;
  } catch (const AutogradError& error) {
    return std::string(error.what()).find("was changed in place") != std::string::npos ? Outcome::refused
                                                                                       : Outcome::wrong;
  }
}

}  // namespace

TEST_CASE("a tensor that is changed between call and backward is noticed, or does no harm") {
  int refused = 0, right = 0;
  for (const OpCase& row : op_cases()) {
    if (!row.differentiable) continue;
    for (const Sample& each : row.samples) {
      if (!each.gradcheck) continue;
      const std::size_t tensors = each.inputs.size() + each.function(copies_of(each.inputs)).size();
      for (std::size_t which = 0; which < tensors; ++which) {
        for (const Change change : {by_fill, by_address}) {
          for (const bool create_graph : {false, true}) {
            INFO(row.op << ": " << each.description << ", tensor " << which << ", "
                        << (change == by_fill ? "fill" : "data") << (create_graph ? ", create_graph" : ""));
            const Outcome result = outcome(each, which, change, create_graph);
            CHECK(result != Outcome::wrong);
            (result == Outcome::refused ? refused : right) += 1;
          }
        }
      }
    }
  }
  CHECK(refused > 100);
  CHECK(right > 100);
}

TEST_CASE("labels that are changed between call and backward are noticed by every cross-entropy of labels") {
  const auto refused = [](Tensor (*loss)(const Tensor&, const Tensor&), bool probabilities, const Tensor& labels) {
    const Tensor x = sample({2, 3}, {-1, 1}, 4).set_requires_grad();
    const Tensor y = loss(labels, probabilities ? softmax(x) : x).sum();
    labels.fill(int64_t{1} << 40);
    CHECK_THROWS_WITH(y.backward(), Contains("saved was changed in place"));
    CHECK_FALSE(x.grad().defined());
  };
  refused(sparse_categorical_crossentropy_from_logits, false, tensor({0, 1}));
  refused(sparse_categorical_crossentropy_from_logits, false, tensor({{0}, {1}}));
  refused(sparse_categorical_crossentropy, true, tensor({0, 1}));
  // Labels of another type are copied first.
  const Tensor x = sample({2, 3}, {-1, 1}, 4).set_requires_grad(), labels = tensor({0, 1}).astype(int32);
  const Tensor loss = sparse_categorical_crossentropy_from_logits(labels, x).sum();
  labels.fill(2);
  loss.backward();
  CHECK(allclose(x.grad(), softmax(x.detach()) - eye(2, 3, float64)));
}

}  // namespace xtape::test
