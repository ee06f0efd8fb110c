#include <functional>
#include <string>

#include "bench_ops/groups.hpp"
#include "channels_last.hpp"
#include "row.hpp"

namespace bench {
namespace {

namespace F = torch::nn::functional;

struct Convolution {
  const char* name;
  int batch, size, in, out, kernel, padding, groups;
  bool input_gradient;
};

void convolution_rows(const Runner& runner, const Convolution& c) {
  const auto image = torch::rand({c.batch, c.in, c.size, c.size});
  const auto kernel = torch::rand({c.out, c.in / c.groups, c.kernel, c.kernel});
  const auto bias = torch::rand({c.out});
  const auto options = F::Conv2dFuncOptions().padding(c.padding).groups(c.groups);
  const auto rows = [&](const torch::Tensor& x, const torch::Tensor& w, const char* variant) {
    const auto inputs = c.input_gradient ? Tensors{x, w, bias} : Tensors{w, bias};
    auto with_bias = options;
    with_bias.bias(bias);
    op_rows(
        runner, std::string("conv2d.") + c.name, inputs, [&] { return F::conv2d(x, w, with_bias); }, variant);
  };
  rows(image.clone(), kernel.clone(), "@nchw");
  rows(channels_last(image), channels_last(kernel), "@channels_last");
}

// Over one and three axes, and transposes that double the lengths. Those of one axis know one layout.
void other_convolution_rows(const Runner& runner) {
  const auto sequence = torch::rand({64, 64, 128});
  const auto kernel1 = torch::rand({128, 64, 3});
  const auto bias128 = torch::rand(128), bias64 = torch::rand(64), bias32 = torch::rand(32);
  op_rows(runner, "conv1d.64x128.3_same_64_128", {sequence, kernel1, bias128},
          [&] { return torch::conv1d(sequence, kernel1, bias128, 1, 1); });
  const auto up1 = torch::rand({64, 32, 4});
  op_rows(runner, "conv_transpose1d.64x128.4_same_64_32", {sequence, up1, bias32},
          [&] { return torch::conv_transpose1d(sequence, up1, bias32, 2, 1); });
  const auto image = torch::rand({8, 128, 14, 14}), up2 = torch::rand({128, 64, 4, 4});
  const auto transposed = [&](const torch::Tensor& x, const torch::Tensor& w, const char* variant) {
    op_rows(
        runner, "conv_transpose2d.8x14x14.4x4_same_128_64", {x, w, bias64},
        [&] { return torch::conv_transpose2d(x, w, bias64, 2, 1); }, variant);
  };
  transposed(image.clone(), up2.clone(), "@nchw");
  transposed(channels_last(image), channels_last(up2), "@channels_last");
  const auto volume = torch::rand({8, 16, 16, 16, 16}), kernel3 = torch::rand({32, 16, 3, 3, 3});
  const auto over_volumes = [&](const torch::Tensor& x, const torch::Tensor& w, const char* variant) {
    op_rows(
        runner, "conv3d.8x16x16x16.3x3x3_same_16_32", {x, w, bias32}, [&] { return torch::conv3d(x, w, bias32, 1, 1); },
        variant);
  };
  over_volumes(volume.clone(), kernel3.clone(), "@ncdhw");
  over_volumes(volume.contiguous(torch::MemoryFormat::ChannelsLast3d),
               kernel3.contiguous(torch::MemoryFormat::ChannelsLast3d), "@channels_last");
}

void pooling_rows(const Runner& runner, const std::string& name,
                  const std::function<torch::Tensor(const torch::Tensor&)>& pool) {
  const auto image = torch::rand({128, 32, 26, 26});
  const auto rows = [&](const torch::Tensor& x, const char* variant) {
    op_rows(
        runner, name + ".128x26x26x32", {x}, [&] { return pool(x); }, variant);
  };
  rows(image.clone(), "@nchw");
  rows(channels_last(image), "@channels_last");
}

}  // namespace

void convolutions(const Runner& runner) {
  convolution_rows(runner, {"cnn_first", 128, 28, 1, 32, 3, 0, 1, false});
  convolution_rows(runner, {"cnn_second", 128, 13, 32, 64, 3, 0, 1, true});
  convolution_rows(runner, {"3x3_same_64_64", 8, 56, 64, 64, 3, 1, 1, true});
  convolution_rows(runner, {"1x1_256_64", 8, 28, 256, 64, 1, 0, 1, true});
  convolution_rows(runner, {"depthwise_3x3_64", 8, 56, 64, 64, 3, 1, 64, true});
  other_convolution_rows(runner);
  pooling_rows(runner, "max_pool2d", [](const torch::Tensor& x) { return torch::max_pool2d(x, 2); });
  pooling_rows(runner, "avg_pool2d", [](const torch::Tensor& x) { return torch::avg_pool2d(x, 2); });
}

}  // namespace bench
