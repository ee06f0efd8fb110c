#pragma once

#include <string>
#include <xtape/datasets/mnist.hpp>

// Data sets in MNIST's four files.
namespace xtape::datasets {

struct MnistFiles {
  // "mnist": its name in errors, and its folder.
  const char* name;
  // "examples/get_mnist.sh".
  const char* script;

  // $XTAPE_HOME/name, or ~/.cache/xtape/name.
  std::string default_directory() const;
  // Of the default folder if `directory` is empty. @throws as mnist::load_data.
  std::pair<mnist::Split, mnist::Split> load(const std::string& directory) const;
};

}  // namespace xtape::datasets
