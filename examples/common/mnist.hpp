#pragma once

#include <string>
#include <utility>
#include <xtape/datasets/fashion_mnist.hpp>
#include <xtape/datasets/mnist.hpp>

namespace examples {

/// MNIST from `directory`, or, if that is empty, from where get_mnist.sh puts it. Where it is not there, the
/// 6,000 digits in examples/data/mnist_subset, and a line on the output that says so.
std::pair<xtape::datasets::mnist::Split, xtape::datasets::mnist::Split> load_mnist(const std::string& directory);

/// Fashion-MNIST from `directory`, or, if that is empty, from where get_fashion_mnist.sh puts it.
std::pair<xtape::datasets::mnist::Split, xtape::datasets::mnist::Split> load_fashion_mnist(
    const std::string& directory);

}  // namespace examples
