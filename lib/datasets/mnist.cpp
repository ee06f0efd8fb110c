#include <xtape/datasets/mnist.hpp>

#include "datasets/mnist_files.hpp"

namespace xtape::datasets::mnist {
namespace {

constexpr MnistFiles files{"mnist", "examples/get_mnist.sh"};

}  // namespace

std::string default_directory() { return files.default_directory(); }
std::pair<mnist::Split, mnist::Split> load_data(const mnist::LoadOptions& options) { return files.load(options.directory); }

}  // namespace xtape::datasets::mnist
