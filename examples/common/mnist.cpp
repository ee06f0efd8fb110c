#include "common/mnist.hpp"

#include <filesystem>
#include <iostream>

namespace examples {

namespace mnist = xtape::datasets::mnist;

std::pair<mnist::Split, mnist::Split> load_mnist(const std::string& directory) {
  if (!directory.empty()) return mnist::load_data({.directory = directory});
  if (std::filesystem::exists(mnist::default_directory())) return mnist::load_data();
  std::cout << "No MNIST in " << mnist::default_directory() << " (examples/get_mnist.sh gets it).\n"
            << "Using the subset of 5,000 training and 1,000 test digits in examples/data/mnist_subset: expect a\n"
            << "lower accuracy than that of the full set.\n";
  return mnist::load_data({.directory = XTAPE_EXAMPLES "/data/mnist_subset"});
}

std::pair<mnist::Split, mnist::Split> load_fashion_mnist(const std::string& directory) {
  return xtape::datasets::fashion_mnist::load_data({.directory = directory});
}

}  // namespace examples
