#pragma once

#include <string>
#include <utility>
#include <xtape/datasets/mnist.hpp>
#include <xtape/export.hpp>

/// Images of clothes in MNIST's form, 28 x 28 grey levels each, of ten kinds: T-shirt or top, trouser, pullover, dress,
/// coat, sandal, shirt, sneaker, bag, ankle boot (Xiao, Rasul, Vollgraf: Fashion-MNIST, 2017).
namespace xtape::datasets::fashion_mnist {

/// $XTAPE_HOME/fashion_mnist, where examples/get_fashion_mnist.sh puts the files; ~/.cache/xtape/fashion_mnist if
/// XTAPE_HOME is unset.
XTAPE_API std::string default_directory();

/// Reads both splits, as mnist::load_data does, with the same errors; the files have the names of MNIST's.
XTAPE_API std::pair<mnist::Split, mnist::Split> load_data(const mnist::LoadOptions& options = {});

}  // namespace xtape::datasets::fashion_mnist
