#include <xtape/datasets/fashion_mnist.hpp>

#include "datasets/mnist_files.hpp"

namespace xtape::datasets::fashion_mnist {
namespace {

constexpr MnistFiles files{"fashion_mnist", "examples/get_fashion_mnist.sh"};

}  // namespace

std::string default_directory() { return files.default_directory(); }
std::pair<mnist::Split, mnist::Split> load_data(const mnist::LoadOptions& options) { return files.load(options.directory); }

}  // namespace xtape::datasets::fashion_mnist
