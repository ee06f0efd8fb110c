#include "datasets/mnist_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <xtape/detail/path.hpp>
#include <xtape/error.hpp>
#include <xtape/io/idx.hpp>

namespace xtape::datasets {
namespace {

std::string path_of(const MnistFiles& set, const std::string& directory, const std::string& file) {
  detail::check_path(set.name, directory);
  const std::filesystem::path plain = std::filesystem::path(directory) / file;
  for (const char* ending : {"", ".gz"}) {
    std::string path = plain.string() + ending;
    if (std::filesystem::exists(path)) return path;
  }
  throw IOError(std::string(set.name) + ": neither " + file + " nor " + file + ".gz in " + directory + " (" +
                set.script + " downloads the data)");
}

mnist::Split load_split(const MnistFiles& set, const std::string& directory, const std::string& prefix) {
  const std::string start = std::string(set.name) + ": ";
  const std::string image_path = path_of(set, directory, prefix + "-images-idx3-ubyte");
  const std::string label_path = path_of(set, directory, prefix + "-labels-idx1-ubyte");
  Tensor images = io::load_idx(image_path);
  if (images.dtype() != uint8 || images.rank() != 3 || images.shape(1) != 28 || images.shape(2) != 28) {
    throw FormatError(start + image_path + ", offset 0: expected uint8 images [n, 28, 28], found " +
                      name(images.dtype()) + " " + images.shape().str());
  }
  Tensor labels = io::load_idx(label_path);
  if (labels.dtype() != uint8 || labels.shape() != Shape{images.shape(0)}) {
    throw FormatError(start + label_path + ", offset 0: expected uint8 labels " + Shape{images.shape(0)}.str() +
                      ", one for each image, found " + name(labels.dtype()) + " " + labels.shape().str());
  }
  const auto* first = labels.data<const uint8_t>();
  const auto* wrong = std::find_if(first, first + labels.numel(), [](uint8_t label) { return label > 9; });
  if (wrong != first + labels.numel()) {
    constexpr int64_t header = 8;
    throw FormatError(start + label_path + ", offset " + std::to_string(header + (wrong - first)) +
                      ": expected a label from 0 to 9, found " + std::to_string(*wrong));
  }
  return {images, labels};
}

}  // namespace

std::string MnistFiles::default_directory() const {
  const char* xtape_home = std::getenv("XTAPE_HOME");
  if (xtape_home != nullptr && *xtape_home != 0) return (std::filesystem::path(xtape_home) / name).string();
  const char* home = std::getenv("HOME");
  return (std::filesystem::path(home != nullptr ? home : ".") / ".cache/xtape" / name).string();
}

std::pair<mnist::Split, mnist::Split> MnistFiles::load(const std::string& directory) const {
  const std::string folder = directory.empty() ? default_directory() : directory;
  mnist::Split train = load_split(*this, folder, "train");
  mnist::Split test = load_split(*this, folder, "t10k");
  return {std::move(train), std::move(test)};
}

}  // namespace xtape::datasets
