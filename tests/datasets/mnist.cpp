#include <stdlib.h>

#include <xtape/datasets/fashion_mnist.hpp>
#include <xtape/datasets/mnist.hpp>
#include <xtape/error.hpp>

#include "catch.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

using namespace xtape;
using namespace std::string_literals;
namespace mnist = datasets::mnist;

namespace {

// A header of one length and `count` labels `label`.
std::string labels(char count, char label) { return "\0\0\x08\1\0\0\0"s + count + std::string(count, label); }
std::string images(char count) {
  return "\0\0\x08\3\0\0\0"s + count + "\0\0\0\x1C\0\0\0\x1C"s + std::string(count * 784, 7);
}

std::string error_of(const TemporaryFolder& folder) {
  try {
    mnist::load_data({.directory = folder.path()});
  } catch (const IOError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("mnist::load_data reads the subset of the examples") {
  const auto [train, test] = mnist::load_data({.directory = source_folder() + "/../examples/data/mnist_subset"});
  const auto& [x_train, y_train] = train;
  const auto& [x_test, y_test] = test;
  CHECK(x_train.shape() == Shape{5000, 28, 28});
  CHECK(x_train.dtype() == uint8);
  CHECK(y_train.shape() == Shape{5000});
  CHECK(y_train.dtype() == uint8);
  CHECK(x_test.shape() == Shape{1000, 28, 28});
  CHECK(y_test.shape() == Shape{1000});

  std::vector<int> counts(10);
  for (int label : y_train.to_vector<int>()) ++counts[label];
  CHECK(counts == std::vector<int>(10, 500));
}

TEST_CASE("mnist::load_data says which file is missing or wrong") {
  const TemporaryFolder folder;
  CHECK_THAT(error_of(folder),
             Contains("mnist: neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz in " + folder.path()));

  folder.write("train-images-idx3-ubyte", images(2));
  folder.write("train-labels-idx1-ubyte", labels(3, 1));
  CHECK_THAT(error_of(folder), Contains("expected uint8 labels [2], one for each image, found uint8 [3]"));

  folder.write("train-labels-idx1-ubyte", labels(2, 10));
  CHECK_THAT(error_of(folder), Contains("train-labels-idx1-ubyte, offset 8: expected a label from 0 to 9, found 10"));

  folder.write("train-images-idx3-ubyte", labels(2, 1));
  CHECK_THAT(error_of(folder), Contains("expected uint8 images [n, 28, 28], found uint8 [2]"));
}

TEST_CASE("mnist::default_directory follows XTAPE_HOME") {
  setenv("XTAPE_HOME", "/somewhere", 1);
  CHECK(mnist::default_directory() == "/somewhere/mnist");
  CHECK(datasets::fashion_mnist::default_directory() == "/somewhere/fashion_mnist");
  CHECK_THROWS_WITH(datasets::fashion_mnist::load_data(),
                    Contains("fashion_mnist: neither train-images-idx3-ubyte") && Contains("get_fashion_mnist.sh"));
  unsetenv("XTAPE_HOME");
  setenv("HOME", "/home/someone", 1);
  CHECK(mnist::default_directory() == "/home/someone/.cache/xtape/mnist");
}
