#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

// Derivatives where there is none: the choices that the reference of each op names.

namespace {

using Function = Tensor (*)(const Tensor&);

std::vector<double> derivative(Function function, const NestedNumbers& at) {
  const Tensor x = tensor(at, float64).set_requires_grad();
  function(x).sum().backward();
  return x.grad().to_vector<double>();
}

using Values = std::vector<double>;

}  // namespace

TEST_CASE("elementwise derivatives at kinks") {
  CHECK(derivative([](const Tensor& x) { return relu(x); }, {0, -0.0, 1}) == Values{0, 0, 1});
  CHECK(derivative([](const Tensor& x) { return abs(x); }, {0, -1, 1}) == Values{0, -1, 1});
  CHECK(derivative([](const Tensor& x) { return sign(x); }, {0, -1, 1}) == Values{0, 0, 0});
  CHECK(derivative([](const Tensor& x) { return clip(x, -1, 2); }, {-1, 2, -1.5, 2.5}) == Values{1, 1, 0, 0});
  CHECK(derivative([](const Tensor& x) { return leaky_relu(x, 0.25); }, {0, 1}) == Values{0.25, 1});
  CHECK(derivative([](const Tensor& x) { return elu(x, 0.5); }, {0, 1}) == Values{0.5, 1});
  CHECK(derivative([](const Tensor& x) { return celu(x, 0.5); }, {0, 1}) == Values{1, 1});
  CHECK(derivative(hard_tanh, {-1, 1, 0.5}) == Values{0, 0, 1});
  CHECK(derivative(hard_silu, {-3, 3}) == Values{-0.5, 1.5});
  CHECK(derivative(sparse_sigmoid, {-1, 1, 0.5}) == Values{0, 0, 0.5});
  CHECK(derivative(sparse_plus, {-1, 1}) == Values{0, 1});
  CHECK(derivative([](const Tensor& x) { return hard_shrink(x, 0.5); }, {-0.5, 0.5, 0.75}) == Values{0, 0, 1});
  CHECK(derivative([](const Tensor& x) { return soft_shrink(x, 0.5); }, {-0.5, 0.5, -0.75}) == Values{0, 0, 1});
  CHECK(derivative([](const Tensor& x) { return threshold(x, 0.5, 7); }, {0.5, 0.75}) == Values{0, 1});
}

TEST_CASE("equal operands of minimum and maximum get half of the gradient each") {
  for (auto function : {static_cast<Tensor (*)(const Tensor&, const Tensor&)>(minimum),
                        static_cast<Tensor (*)(const Tensor&, const Tensor&)>(maximum)}) {
    const Tensor a = tensor({1.0, 2.0}, float64).set_requires_grad();
    const Tensor b = tensor({1.0, 2.0}, float64).set_requires_grad();
    function(a, b).backward(tensor({2.0, 6.0}, float64));
    CHECK(a.grad().to_vector<double>() == Values{1, 3});
    CHECK(b.grad().to_vector<double>() == Values{1, 3});
  }
}

TEST_CASE("equal extreme elements share the gradient evenly") {
  CHECK(derivative([](const Tensor& x) { return max(x); }, {3, 1, 3, 3, 0, 3}) == Values{0.25, 0, 0.25, 0.25, 0, 0.25});
  CHECK(derivative([](const Tensor& x) { return min(x, 1); }, {{1, 1}, {0, 2}}) == Values{0.5, 0.5, 1, 0});
}

TEST_CASE("the first of equal elements in a window gets the gradient") {
  const Tensor x = ones({1, 2, 2, 1}, float64).set_requires_grad();
  max_pool2d(x).sum().backward();
  CHECK(x.grad().to_vector<double>() == Values{1, 0, 0, 0});
  const Tensor single = ones({1, 2, 2, 1}).set_requires_grad();
  max_pool2d(single).sum().backward();
  CHECK(single.grad().to_vector<double>() == Values{1, 0, 0, 0});
}

TEST_CASE("extreme arguments neither overflow nor lose the gradient") {
  const Values ones_and_zeros = derivative([](const Tensor& x) { return softplus(x); }, {1000, -1000});
  CHECK(ones_and_zeros == Values{1, 0});
  CHECK(derivative([](const Tensor& x) { return sigmoid(x); }, {1000, -1000}) == Values{0, 0});
  CHECK(derivative([](const Tensor& x) { return silu(x); }, {1000, -1000}) == Values{1, 0});
  CHECK(derivative([](const Tensor& x) { return tanh(x); }, {1000, -1000}) == Values{0, 0});
  CHECK(derivative([](const Tensor& x) { return gelu(x); }, {1000, -1000}) == Values{1, 0});
  CHECK(derivative([](const Tensor& x) { return gelu(x, true); }, {1000, -1000}) == Values{1, 0});
  CHECK(derivative([](const Tensor& x) { return logsumexp(x); }, {1000, -1000}) == Values{1, 0});
  CHECK(logsumexp(tensor({1000.0, 1000.0}, float64)).item() == Approx(1000.6931471805599));
  CHECK(softmax(tensor({1000.0, -1000.0})).to_vector<double>() == Values{1, 0});
  CHECK(log_softmax(tensor({1000.0, -1000.0})).to_vector<double>() == Values{0, -2000});
  // No probability mass anywhere but in one place.
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(softmax(tensor({0.0, -infinity})).to_vector<double>() == Values{1, 0});
  CHECK(logsumexp(tensor({-infinity, -infinity}, float64)).item() == -infinity);
}

TEST_CASE("powers at zero") {
  const Values of_square = derivative([](const Tensor& x) { return power(x, 2); }, {0, 3});
  CHECK(of_square[0] == 0);
  CHECK(of_square[1] == Approx(6).epsilon(1e-14));
  CHECK(derivative([](const Tensor& x) { return power(x, 1); }, {0, 3}) == Values{1, 1});
  CHECK(derivative([](const Tensor& x) { return power(x, 0); }, {0, 3}) == Values{0, 0});
  CHECK(derivative([](const Tensor& x) { return power(x, 3.0); }, {0, -2}) == Values{0, 12});
}
