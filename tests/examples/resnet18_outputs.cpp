// What PyTorch made of a ResNet-18, recorded by resnet18_outputs.py: for machines without it. Where it is, the test
// examples/resnet18_from_torch has it make weights, and outputs, anew.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "examples/run_program.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

// Numbers from 0 to 1 that follow from a name, the same to the bit in Python.
std::vector<double> fractions(const std::string& name, int64_t count) {
  uint32_t seed = 2166136261;
  for (const char letter : name) seed = (seed ^ static_cast<uint8_t>(letter)) * 16777619;
  std::vector<double> result;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t h = static_cast<uint32_t>(i) * 2654435761U + seed;
    h = (h ^ (h >> 15)) * 2246822519U;
    h = (h ^ (h >> 13)) * 3266489917U;
    h ^= h >> 16;
    result.push_back((h >> 8) / 16777216.0);
  }
  return result;
}

Tensor tensor_of(const std::vector<double>& values, const Shape& shape) {
  return tensor(std::vector<float>(values.begin(), values.end())).reshape(shape);
}

// With torchvision's names, and PyTorch's shapes.
class Weights {
 public:
  Weights() {
    add_convolution("conv1", "bn1", 3, 64, 7);
    for (int64_t stage = 1; stage <= 4; ++stage) {
      const int64_t filters = 32 << stage, channels = stage == 1 ? filters : filters / 2;
      for (int64_t block = 0; block < 2; ++block) {
        const std::string name = "layer" + std::to_string(stage) + '.' + std::to_string(block) + '.';
        const bool is_first = block == 0 && stage > 1;
        add_convolution(name + "conv1", name + "bn1", is_first ? channels : filters, filters, 3);
        add_convolution(name + "conv2", name + "bn2", filters, filters, 3);
        if (is_first) add_convolution(name + "downsample.0", name + "downsample.1", channels, filters, 1);
      }
    }
    add("fc.weight", {1000, 512});
    add("fc.bias", {1000});
  }

  const io::NamedTensors& all() const { return all_; }

 private:
  void add_convolution(const std::string& name, const std::string& norm, int64_t channels, int64_t filters,
                       int64_t size) {
    add(name + ".weight", {filters, channels, size, size});
    for (const char* each : {".weight", ".bias", ".running_mean", ".running_var"}) add(norm + each, {filters});
    all_.emplace_back(norm + ".num_batches_tracked", full({}, 1, int64));
  }

  void add(const std::string& name, const Shape& shape) {
    std::vector<double> values = fractions(name, shape.numel());
    const double bound = shape.rank() > 1 ? std::sqrt(6.0 / static_cast<double>(shape.numel() / shape[0])) : 0;
    const bool is_scale = name.ends_with("weight") || name.ends_with("running_var");
    for (double& value : values) value = bound > 0 ? (2 * value - 1) * bound : value + (is_scale ? 0.5 : -0.5);
    all_.emplace_back(name, tensor_of(values, shape));
  }

  io::NamedTensors all_;
};

}  // namespace

TEST_CASE("a ResNet-18 with PyTorch's weights gives what PyTorch gave") {
  const TemporaryFolder folder;
  std::vector<double> images = fractions("images", 224 * 224 * 3);
  for (double& value : images) value = 2 * value - 1;
  io::save_safetensors(folder / "resnet18.safetensors", Weights().all());
  io::save_safetensors(folder / "example.safetensors",
                       {{"images", tensor_of(images, {1, 224, 224, 3})},
                        {"outputs", io::load_npy(source_folder() + "/examples/resnet18_outputs.npy")}});
  const ProgramResult result = run_program(RESNET18_FROM_TORCH, "--data " + folder / "");
  INFO(result.output);
  CHECK(result.status == 0);
  CHECK_THAT(result.output, Contains("11699112 weights read") && Contains("PyTorch's outputs, but for at most"));
}

}  // namespace xtape::test
