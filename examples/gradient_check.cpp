// A differentiable function with a derivative of one's own, checked against finite differences; and a wrong
// derivative, to see it caught. Then the same function as an operation that needs no derivative.
#include <iostream>
#include <xtape/xtape.hpp>

using namespace xtape;

namespace {

// x * sigmoid(x). `slope` scales the derivative: only 1 is right.
Tensor swish(const Tensor& x, double slope) {
  const CustomOp op{.name = "swish",
                    .forward = [](const std::vector<Tensor>& inputs) -> std::vector<Tensor> {
                      return {inputs[0] * sigmoid(inputs[0])};
                    },
                    .vjp = [slope](const std::vector<Tensor>& gradients, const std::vector<Tensor>& inputs,
                                   const std::vector<Tensor>& outputs) -> std::vector<Tensor> {
                      const Tensor s = sigmoid(inputs[0]);
                      return {gradients[0] * (s + outputs[0] * (1 - s)) * slope};
                    },
                    .jvp = [](const std::vector<Tensor>& tangents, const std::vector<Tensor>& inputs,
                              const std::vector<Tensor>& outputs) -> std::vector<Tensor> {
                      const Tensor s = sigmoid(inputs[0]);
                      return {tangents[0] * (s + outputs[0] * (1 - s))};
                    }};
  return custom_op(op, {x})[0];
}

}  // namespace

int main() {
  set_random_seed(1);
  const Tensor x = randn({3, 4}, float64).set_requires_grad();
  const auto check = [&](const auto& function) {
    return gradcheck([&](const std::vector<Tensor>& inputs) { return std::vector<Tensor>{function(inputs[0])}; }, {x});
  };

  const GradcheckReport right = check([](const Tensor& t) { return swish(t, 1); });
  std::cout << "right derivative: " << (right ? "passed" : right.message) << '\n';
  const GradcheckReport wrong = check([](const Tensor& t) { return swish(t, 1.01); });
  std::cout << "wrong derivative: " << (wrong ? "passed" : wrong.message) << '\n';
  const GradcheckReport derived = check(elementwise("swish", [](auto t) { return t * sigmoid(t); }));
  std::cout << "derivative by dual numbers: " << (derived ? "passed" : derived.message) << '\n';
  return right && !wrong && derived ? 0 : 1;
}
