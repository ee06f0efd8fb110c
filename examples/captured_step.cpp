// A training step captured as a program: what it consists of, and that it computes what the function computes, bit for
// bit. It writes pictures of the program and of the recorded graph: dot -Tpng step.dot -o step.png.
//
//   %0 = input  float32 [64, 1]
//   %1 = input  float32 [64, 1]
//   %2 = variable  float32 [1, 16]
//   %3 = variable  float32 [16]
//   %4 = dense(%0, %2, %3; activation=tanh)  float32 [64, 16]
//   (...)
//   %23 = tanh_vjp(%20, %4)  float32 [64, 16]
//   %24 = sum(%23; axes=(0), keepdims=false)  float32 [16]
//   (...)
//   host_callback(%28)
//   (...)
//   adam_update(%2, %3, %5, %6, (...), %28; beta_1=0.9, beta_2=0.999, epsilon=1e-07)
//   %37 = variable  int64 []
//   host_callback(%37)
//   return %12
//
//   16 operations share 8576 bytes
//
//   step 100: loss 0.0265255, as without capture
//   step 200: loss 0.00705279, as without capture
//   step 300: loss 0.00154813, as without capture
//   step 400: loss 0.00047106, as without capture
//   step 500: loss 0.000418751, as without capture
//   weights equal: yes
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <xtape/xtape.hpp>

using namespace xtape;

namespace {

using Tensors = std::vector<Tensor>;

// A small network that learns the sine, and how it learns.
struct Learner {
  Tensor w1 = randn({1, 16}).set_requires_grad(), b1 = zeros({16}).set_requires_grad();
  Tensor w2 = (randn({16, 1}) * 0.3).set_requires_grad(), b2 = zeros({1}).set_requires_grad();
  optimizers::Adam adam{{.learning_rate = 0.02}};

  Learner() { adam.build(variables()); }
  Tensors variables() const { return {w1, b1, w2, b2}; }

  Tensor loss(const Tensor& x, const Tensor& y) const {
    return mean(square(matmul(tanh(matmul(x, w1) + b1), w2) + b2 - y));
  }
  Tensors step(const Tensors& batch) {
    const Tensor value = loss(batch[0], batch[1]);
    adam.apply(grad(value, variables()), variables());
    return {value};
  }
};

}  // namespace

int main() {
  // Not symmetric: biases would have gradients of rounding alone, which Adam makes steps of, other ones on each machine.
  const Tensor x = linspace(-3, 4, 64).reshape({64, 1}), y = sin(x);

  set_random_seed(1);
  Learner eager;
  set_random_seed(1);
  Learner captured;
  // Nothing is computed here: the step is written down.
  const Program program = capture([&](const Tensors& batch) { return captured.step(batch); }, {x, y});
  std::cout << program.str() << '\n' << program.size() << " operations share " << program.arena_bytes() << " bytes\n\n";

  for (int i = 1; i <= 500; ++i) {
    // The learning rate is read in each run.
    if (i == 400) eager.adam.set_learning_rate(0.002), captured.adam.set_learning_rate(0.002);
    const Tensor expected = eager.step({x, y})[0], loss = program({x, y})[0];
    if (i % 100 == 0) {
      std::cout << "step " << i << ": loss " << loss.item()
                << (array_equal(loss, expected) ? ", as without capture" : ", DIFFERENT") << '\n';
    }
  }
  std::cout << "weights equal: " << (array_equal(eager.w1, captured.w1) ? "yes" : "no") << '\n';

  std::ofstream("step.dot") << program.to_dot();
  std::ofstream("graph.dot") << graph_to_dot(
      captured.loss(x, y), {{"w1", captured.w1}, {"b1", captured.b1}, {"w2", captured.w2}, {"b2", captured.b2}});
  return array_equal(eager.w1, captured.w1) ? 0 : 1;
}
