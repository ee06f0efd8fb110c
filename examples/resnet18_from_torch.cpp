// The weights of a ResNet-18 (He, Zhang, Ren, Sun: Deep residual learning, 2016) that PyTorch saved, in a functional
// model. resnet18_from_torch.sh has PyTorch write a file, with torchvision's names, and runs this program on it:
//
//   11699112 weights read
//   PyTorch's outputs, but for at most 2.98023e-07
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"

using namespace xtape;

namespace {

// Layers are called as PyTorch's modules, with '_' for '.', so that load_torch_weights needs no map.
Symbol normalized(const Symbol& x, const std::string& name) {
  return layers::BatchNormalization({.momentum = 0.9, .epsilon = 1e-5, .name = name})(x);
}

// PyTorch pads both sides alike, where "same" would pad the end alone: with strides the padding is a layer.
Symbol convolution(Symbol x, int64_t filters, int64_t size, int64_t strides, const std::string& name) {
  if (size > 1) x = layers::ZeroPadding2D(size / 2)(x);
  return layers::Conv2D(filters, size, {.strides = strides, .use_bias = false, .name = name})(x);
}

Symbol block(const Symbol& x, int64_t filters, int64_t strides, const std::string& name) {
  Symbol y = normalized(convolution(x, filters, 3, strides, name + "_conv1"), name + "_bn1");
  y = normalized(convolution(layers::ReLU()(y), filters, 3, 1, name + "_conv2"), name + "_bn2");
  Symbol shortcut = x;
  if (strides > 1) {
    shortcut = normalized(convolution(x, filters, 1, strides, name + "_downsample_0"), name + "_downsample_1");
  }
  return layers::ReLU()(layers::Add()({y, shortcut}));
}

Model resnet18() {
  const Symbol images = Input({224, 224, 3});
  Symbol x = layers::ReLU()(normalized(convolution(images, 64, 7, 2, "conv1"), "bn1"));
  // No cell is below 0 here: zeros around change no maximum.
  x = layers::MaxPooling2D(3, {.strides = 2})(layers::ZeroPadding2D(1)(x));
  for (int64_t stage = 1; stage <= 4; ++stage) {
    const std::string name = "layer" + std::to_string(stage);
    const int64_t filters = 32 << stage;
    x = block(x, filters, stage == 1 ? 1 : 2, name + "_0");
    x = block(x, filters, 1, name + "_1");
  }
  x = layers::GlobalAveragePooling2D()(x);
  return Model(images, layers::Dense(1000, {.name = "fc"})(x));
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv);
  if (arguments.data.empty()) {
    std::cerr << "--data FOLDER: where resnet18_from_torch.py wrote resnet18.pt\n";
    return 1;
  }
  // A safetensors file has the same names.
  const bool is_pt = std::filesystem::exists(arguments.data + "/resnet18.pt");
  const std::string suffix = is_pt ? ".pt" : ".safetensors";
  const Model model = resnet18();
  saving::load_torch_weights(model, arguments.data + "/resnet18" + suffix);
  std::cout << model.count_params() << " weights read\n";

  const std::string path = arguments.data + "/example" + suffix;
  const io::NamedTensors example = is_pt ? io::load_pt(path) : io::load_safetensors(path).tensors;
  const Tensor outputs = model.predict(example.at("images"), {.verbose = 0}), expected = example.at("outputs");
  const double largest = std::max(1.0, abs(expected).max().item());
  const double difference = abs(outputs - expected).max().item() / largest;
  std::cout << "PyTorch's outputs, but for at most " << difference << '\n';
  return difference < 1e-4 ? 0 : 1;
}
