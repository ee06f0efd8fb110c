#include <string>
#include <vector>
#include <xtape/activations/activation.hpp>
#include <xtape/autograd.hpp>
#include <xtape/layers/conv.hpp>
#include <xtape/layers/depthwise_conv.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

using namespace xtape;
using activations::Activation;
using test::sample;

TEST_CASE("an activation says whether the operation before it computes it") {
  for (const char* name : {"linear", "relu", "tanh"}) CHECK(Activation(name).is_fused());
  // A cross-entropy looks for the logits behind a sigmoid.
  for (const char* name : {"sigmoid", "softmax", "relu6", "gelu", "leaky_relu"})
    CHECK_FALSE(Activation(name).is_fused());
  CHECK_FALSE(Activation([](const Tensor& x) { return x; }).is_fused());
}

TEST_CASE("an activation is a function of the library by whatever way it was given") {
  CHECK(Activation("tanh").is(tanh));
  CHECK(Activation("sigmoid").is(sigmoid));
  CHECK(Activation(static_cast<Tensor (*)(const Tensor&)>(tanh)).is(tanh));
  CHECK_FALSE(Activation("sigmoid").is(tanh));
  CHECK_FALSE(Activation("linear").is(tanh));
  CHECK_FALSE(Activation([](const Tensor& x) { return tanh(x); }).is(tanh));
}

TEST_CASE("operations compute the activations that say they are fused, as these do alone") {
  const Tensor x = sample({6, 5}, {}, 1), kernel = sample({5, 3}, {}, 2), bias = sample({3}, {}, 3);
  const Tensor image = sample({2, 6, 6, 2}, {}, 4), filters = sample({3, 3, 2, 3}, {}, 5);
  for (const char* name : {"linear", "relu", "tanh"}) {
    INFO(name);
    const Activation activation(name);
    const auto check = [&](const auto& operation, const Tensor& input) {
      const Tensor fused = input.detach().set_requires_grad(), alone = input.detach().set_requires_grad();
      const Tensor y = operation(fused, std::string(name)),
                   expected = activation(operation(alone, std::string("linear")));
      CHECK(allclose(y, expected, 1e-12, 1e-12));
      const Tensor upstream = sample(y.shape(), {}, 6);
      backward({y}, {upstream});
      backward({expected}, {upstream});
      CHECK(allclose(fused.grad(), alone.grad(), 1e-11, 1e-12));
    };
    check([&](const Tensor& v, const std::string& a) { return dense(v, kernel, bias, a); }, x);
    check([&](const Tensor& v, const std::string& a) { return batch_norm(v, {}, {}, 1e-3, a).y; }, x);
    check([&](const Tensor& v, const std::string& a) { return conv2d(v, filters, bias, a); }, image);
    check([&](const Tensor& v, const std::string& a) { return conv2d_max_pool2d(v, filters, bias, a); }, image);
  }
}

TEST_CASE("convolution layers give the same with activations of any kind") {
  const Tensor x = sample({2, 6, 6, 2}, {}, 1).astype(float32);
  for (const char* name : {"linear", "relu", "tanh", "sigmoid", "gelu", "hard_sigmoid"}) {
    INFO(name);
    layers::Conv2D plain(3, 3), active(3, 3, {.activation = name});
    active.build(x.shape());
    plain.build(x.shape());
    plain.set_weights(active.get_weights());
    CHECK(allclose(active(x), Activation(name)(plain(x)), 1e-5, 1e-6));
    layers::DepthwiseConv2D plain_channels(3), active_channels(3, {.activation = name});
    active_channels.build(x.shape());
    plain_channels.build(x.shape());
    plain_channels.set_weights(active_channels.get_weights());
    CHECK(allclose(active_channels(x), Activation(name)(plain_channels(x)), 1e-5, 1e-6));
  }
}
