#pragma once

#include <string>
#include <utility>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

/// The MNIST handwritten digits: 60,000 images to train on and 10,000 to test, 28 x 28 grey levels each.
namespace xtape::datasets::mnist {

struct LoadOptions {
  /// Folder that holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
  /// t10k-labels-idx1-ubyte, plain or with the ending .gz; default_directory() if empty.
  std::string directory = "";
};

/// Images of uint8 [n, 28, 28] with values 0 to 255, and labels of uint8 [n] with values 0 to 9.
using Split = std::pair<Tensor, Tensor>;

/// $XTAPE_HOME/mnist, where examples/get_mnist.sh puts the files; ~/.cache/xtape/mnist if XTAPE_HOME is unset.
XTAPE_API std::string default_directory();

/// Reads both splits: `const auto [train, test] = load_data(); const auto [x_train, y_train] = train;`
/// @throws IOError if a file is missing; FormatError if one is not what its name says (see io::load_idx).
XTAPE_API std::pair<Split, Split> load_data(const LoadOptions& options = {});

}  // namespace xtape::datasets::mnist
