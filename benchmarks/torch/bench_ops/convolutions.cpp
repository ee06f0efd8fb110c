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
  pooling_rows(runner, "max_pool2d", [](const torch::Tensor& x) { return torch::max_pool2d(x, 2); });
  pooling_rows(runner, "avg_pool2d", [](const torch::Tensor& x) { return torch::avg_pool2d(x, 2); });
}

}  // namespace bench
