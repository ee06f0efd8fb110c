#include <string>

#include "groups.hpp"
#include "row.hpp"

namespace bench {
namespace {

struct Convolution {
  const char* name;
  int batch, size, in, out, kernel;
  const char* padding;
  int groups;
  bool input_gradient;
};

void convolution_rows(const Runner& runner, const Convolution& c) {
  const auto x = xtape::rand({c.batch, c.size, c.size, c.in});
  const auto kernel = xtape::rand({c.kernel, c.kernel, c.in / c.groups, c.out});
  const auto bias = xtape::rand({c.out});
  const auto inputs = c.input_gradient ? Tensors{x, kernel, bias} : Tensors{kernel, bias};
  op_rows(runner, std::string("conv2d.") + c.name, inputs,
          [&] { return xtape::conv2d(x, kernel, bias, "linear", {.padding = c.padding, .groups = c.groups}); });
}

}  // namespace

void convolutions(const Runner& runner) {
  convolution_rows(runner, {"cnn_first", 128, 28, 1, 32, 3, "valid", 1, false});
  convolution_rows(runner, {"cnn_second", 128, 13, 32, 64, 3, "valid", 1, true});
  convolution_rows(runner, {"3x3_same_64_64", 8, 56, 64, 64, 3, "same", 1, true});
  convolution_rows(runner, {"1x1_256_64", 8, 28, 256, 64, 1, "valid", 1, true});
  convolution_rows(runner, {"depthwise_3x3_64", 8, 56, 64, 64, 3, "same", 64, true});
  const auto image = xtape::rand({128, 26, 26, 32});
  op_rows(runner, "max_pool2d.128x26x26x32", {image}, [&] { return xtape::max_pool2d(image); });
  op_rows(runner, "avg_pool2d.128x26x26x32", {image}, [&] { return xtape::avg_pool2d(image); });
}

}  // namespace bench
