#include <iostream>
#include <xtape/xtape.hpp>

int main() {
  const xtape::Tensor x = xtape::tensor({{1.0, 2.0}, {3.0, 4.0}}).set_requires_grad();
  const xtape::Tensor y = (x.matmul(x) * x).sum();
  y.backward();
  std::cout << y << '\n' << x.grad() << '\n';
  return y.item() == 160.0 ? 0 : 1;
}
