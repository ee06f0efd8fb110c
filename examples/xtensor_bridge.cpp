// Data that lives in xtensor, a model that is fitted with xtape, and no copy between the two: Newton's law of
// cooling, T(t) = ambient + excess * exp(-rate * t), from ten measured temperatures.
#include <iostream>
#include <xtape/xtape.hpp>
#include <xtape/xtensor.hpp>
#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#else
#include <xtensor/xmath.hpp>
#endif

using namespace xtape;

int main() {
  const xt::xarray<float> minutes{0, 2, 4, 6, 8, 10, 12, 14, 16, 18};
  xt::xarray<float> celsius{90.1f, 77.2f, 67.0f, 58.3f, 51.5f, 45.8f, 41.0f, 37.3f, 34.2f, 31.5f};
  const float hottest = xt::amax(celsius)();

  // From xtensor to xtape: an expression is evaluated into the tensor's memory, a moved container taken over.
  const Tensor time = from_xtensor(minutes / 10.0f);
  celsius /= hottest;
  const Tensor measured = from_xtensor(std::move(celsius));

  const Tensor parameters = tensor({0.5, 0.5, 0.5}).set_requires_grad();
  const auto predict = [&] { return parameters[0] + parameters[1] * exp(-parameters[2] * time); };
  for (int step = 0; step < 5000; ++step) {
    const Tensor loss = mean(square(predict() - measured));
    const Tensor gradient = grad(loss, parameters);
    const NoGrad no_grad;
    parameters -= 0.5 * gradient;
  }

  // From xtape to xtensor: views of the tensors' own memory, in any expression.
  const Tensor prediction = predict();
  const auto predicted = as_xtensor<const float>(prediction);
  const auto truth = as_xtensor<const float>(measured);
  std::cout << "residuals in degrees: " << from_xtensor((truth - predicted) * hottest) << "\n";
  std::cout << "largest: " << xt::amax(xt::abs(truth - predicted))() * hottest << "\n";

  // Writing access is given by the type; it counts as a change of the tensor.
  const Tensor found = parameters.detach().clone();
  as_xtensor<float>(found) *= xt::xarray<float>{hottest, hottest, 0.1f};
  std::cout << "ambient, excess and rate per minute: " << found << "\n";
}
