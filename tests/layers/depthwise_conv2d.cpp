#include <xtape/layers/depthwise_conv2d.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("DepthwiseConv2D convolves each channel by itself") {
  layers::DepthwiseConv2D layer(3, {.padding = "same", .depth_multiplier = 2});
  const Tensor x = randn({2, 6, 5, 3});
  const Tensor y = layer(x);
  CHECK(y.shape() == Shape{2, 6, 5, 6});
  const Tensor kernel = layer.weights()[0].value;
  for (int channel = 0; channel < 3; ++channel) {
    const Slice one{channel, channel + 1}, two{2 * channel, 2 * channel + 2};
    const Tensor expected = conv2d(x.slice(3, one), kernel.slice(2, one), {.padding = "same"});
    CHECK(allclose(y.slice(3, two), expected, 1e-4, 1e-5));
  }
}
