#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <xtape/datasets/mnist.hpp>
#include <xtape/error.hpp>
#include <xtape/io/idx.hpp>

namespace xtape::datasets::mnist {
namespace {

std::string path_of(const std::string& directory, const std::string& file) {
  const std::filesystem::path plain = std::filesystem::path(directory) / file;
  for (const char* ending : {"", ".gz"}) {
    std::string path = plain.string() + ending;
    if (std::filesystem::exists(path)) return path;
  }
  throw IOError("mnist: neither " + file + " nor " + file + ".gz in " + directory +
                " (examples/get_mnist.sh downloads the data)");
}

Split load_split(const std::string& directory, const std::string& prefix) {
  const std::string image_path = path_of(directory, prefix + "-images-idx3-ubyte");
  const std::string label_path = path_of(directory, prefix + "-labels-idx1-ubyte");
  Tensor images = io::load_idx(image_path);
  if (images.dtype() != uint8 || images.rank() != 3 || images.shape(1) != 28 || images.shape(2) != 28) {
    throw FormatError("mnist: " + image_path + ", offset 0: expected uint8 images [n, 28, 28], found " +
                      name(images.dtype()) + " " + images.shape().str());
  }
  Tensor labels = io::load_idx(label_path);
  if (labels.dtype() != uint8 || labels.shape() != Shape{images.shape(0)}) {
    throw FormatError("mnist: " + label_path + ", offset 0: expected uint8 labels " + Shape{images.shape(0)}.str() +
                      ", one for each image, found " + name(labels.dtype()) + " " + labels.shape().str());
  }
  const auto* first = labels.data<const uint8_t>();
  const auto* wrong = std::find_if(first, first + labels.numel(), [](uint8_t label) { return label > 9; });
  if (wrong != first + labels.numel()) {
    constexpr int64_t header = 8;
    throw FormatError("mnist: " + label_path + ", offset " + std::to_string(header + (wrong - first)) +
                      ": expected a label from 0 to 9, found " + std::to_string(*wrong));
  }
  return {images, labels};
}

}  // namespace

std::string default_directory() {
  const char* xtape_home = std::getenv("XTAPE_HOME");
  if (xtape_home != nullptr && *xtape_home != 0) return (std::filesystem::path(xtape_home) / "mnist").string();
  const char* home = std::getenv("HOME");
  return (std::filesystem::path(home != nullptr ? home : ".") / ".cache/xtape/mnist").string();
}

std::pair<Split, Split> load_data(const LoadOptions& options) {
  const std::string directory = options.directory.empty() ? default_directory() : options.directory;
  Split train = load_split(directory, "train");
  Split test = load_split(directory, "t10k");
  return {std::move(train), std::move(test)};
}

}  // namespace xtape::datasets::mnist
