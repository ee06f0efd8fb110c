#include "kernels/elementwise/bias_activation.hpp"

#include <vector>

#include "catch.hpp"
#include "formulas/list.hpp"
#include "kernels/reference.hpp"

using namespace xtape;
using kernels::Activation;

namespace {

template <class T, class Formula>
void check(Activation activation, const Formula& formula) {
  for (const int64_t rows : {0, 1, 3, 17, 200, 3001})
    for (const int64_t channels : {1, 3, 8, 10, 16, 32, 64, 100}) {
      const int64_t size = rows * channels;
      const auto x = testing::random_vector<T>(size, -2, 2, 1), bias = testing::random_vector<T>(channels, -1, 1, 2);
      const auto g = testing::random_vector<T>(size, -1, 1, 3);
      std::vector<T> y = x, without_bias = x, inner(x.size()), in_place = g, bias_gradient(bias.size()), alone(bias);
      kernels::bias_activation(activation, y.data(), bias.data(), rows, channels);
      kernels::bias_activation<T>(activation, without_bias.data(), nullptr, rows, channels);
      const T* saved = activation == Activation::linear ? nullptr : y.data();
      const auto vjp = [&](const T* upstream, T* to, T* sums) {
        kernels::bias_activation_vjp<T>(activation, {rows, channels, upstream, saved, to, sums});
      };
      vjp(g.data(), inner.data(), bias_gradient.data());
      vjp(g.data(), nullptr, alone.data());
      vjp(in_place.data(), in_place.data(), nullptr);
      std::vector<double> sums(bias.size());
      int64_t wrong = 0;
      for (int64_t i = 0; i < size; ++i) {
        wrong += !testing::close(y[i], formula.value(double{x[i]} + bias[i % channels]));
        wrong += !testing::close(without_bias[i], formula.value(double{x[i]}));
        wrong += !testing::close(inner[i], formula.vjp(double{g[i]}, double{y[i]}, double{y[i]}));
        wrong += !testing::close(in_place[i], inner[i]);
        sums[i % channels] += inner[i];
      }
      for (int64_t i = 0; i < channels; ++i) {
        wrong += !testing::close(bias_gradient[i], sums[i], 100);
        wrong += !testing::close(alone[i], sums[i], 100);
      }
      INFO(Formula::name << ", rows " << rows << ", channels " << channels);
      CHECK(wrong == 0);
    }
}

}  // namespace

TEMPLATE_TEST_CASE("bias and activation in one pass", "[kernels]", float, double) {
  check<TestType>(Activation::linear, formulas::Identity{});
  check<TestType>(Activation::relu, formulas::Relu{});
  check<TestType>(Activation::sigmoid, formulas::Sigmoid{});
  check<TestType>(Activation::tanh, formulas::Tanh{});
}
