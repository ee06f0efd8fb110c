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

// Over one and three axes, and transposes that double the lengths.
void other_convolution_rows(const Runner& runner) {
  const auto sequence = xtape::rand({64, 128, 64});
  const auto kernel1 = xtape::rand({3, 64, 128});
  const auto bias128 = xtape::rand({128});
  op_rows(runner, "conv1d.64x128.3_same_64_128", {sequence, kernel1, bias128},
          [&] { return xtape::conv1d(sequence, kernel1, bias128, "linear", {.padding = "same"}); });
  const auto up1 = xtape::rand({4, 32, 64});
  const auto bias32 = xtape::rand({32});
  op_rows(runner, "conv_transpose1d.64x128.4_same_64_32", {sequence, up1, bias32}, [&] {
    return xtape::conv_transpose1d(sequence, up1, bias32, "linear", {.strides = {2}, .padding = "same"});
  });
  const auto image = xtape::rand({8, 14, 14, 128});
  const auto up2 = xtape::rand({4, 4, 64, 128});
  const auto bias64 = xtape::rand({64});
  op_rows(runner, "conv_transpose2d.8x14x14.4x4_same_128_64", {image, up2, bias64}, [&] {
    return xtape::conv_transpose2d(image, up2, bias64, "linear", {.strides = {2, 2}, .padding = "same"});
  });
  const auto volume = xtape::rand({8, 16, 16, 16, 16});
  const auto kernel3 = xtape::rand({3, 3, 3, 16, 32});
  op_rows(runner, "conv3d.8x16x16x16.3x3x3_same_16_32", {volume, kernel3, bias32},
          [&] { return xtape::conv3d(volume, kernel3, bias32, "linear", {.padding = "same"}); });
}

}  // namespace

void convolutions(const Runner& runner) {
  convolution_rows(runner, {"cnn_first", 128, 28, 1, 32, 3, "valid", 1, false});
  convolution_rows(runner, {"cnn_second", 128, 13, 32, 64, 3, "valid", 1, true});
  convolution_rows(runner, {"3x3_same_64_64", 8, 56, 64, 64, 3, "same", 1, true});
  convolution_rows(runner, {"1x1_256_64", 8, 28, 256, 64, 1, "valid", 1, true});
  convolution_rows(runner, {"depthwise_3x3_64", 8, 56, 64, 64, 3, "same", 64, true});
  other_convolution_rows(runner);
  const auto image = xtape::rand({128, 26, 26, 32});
  op_rows(runner, "max_pool2d.128x26x26x32", {image}, [&] { return xtape::max_pool2d(image); });
  op_rows(runner, "avg_pool2d.128x26x26x32", {image}, [&] { return xtape::avg_pool2d(image); });
}

}  // namespace bench
