// A differentiable function with a derivative of one's own, checked against finite differences; and a wrong
// derivative, to see it caught.
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
                    }};
  return custom_op(op, {x})[0];
}

}  // namespace

int main() {
  set_random_seed(1);
  const Tensor x = randn({3, 4}, float64).set_requires_grad();
  const auto check = [&](double slope) {
    return gradcheck([&](const std::vector<Tensor>& inputs) { return std::vector<Tensor>{swish(inputs[0], slope)}; },
                     {x}, {.second_order = true});
  };

  const GradcheckReport right = check(1);
  std::cout << "right derivative: " << (right ? "passed" : right.message) << '\n';
  const GradcheckReport wrong = check(1.01);
  std::cout << "wrong derivative: " << (wrong ? "passed" : wrong.message) << '\n';
  return right && !wrong ? 0 : 1;
}
