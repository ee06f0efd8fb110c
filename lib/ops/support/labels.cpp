#include <string>
#include <xtape/detail/labels.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::detail {
namespace {

// What to do with one-hot rows where `operation` takes labels.
std::string cure_for_one_hot(const std::string& operation) {
  // sparse_categorical_crossentropy -> categorical_crossentropy
  const std::string prefix = "sparse_";
  if (operation.starts_with(prefix)) return "; for one-hot targets use " + operation.substr(prefix.size());
  return "; of one-hot targets take argmax(y_true, -1)";
}

}  // namespace

void check_classes(const char* operation, const Shape& prediction_shape) {
  if (prediction_shape.rank() > 0 && prediction_shape.back() != 0) return;
  throw ShapeError(std::string(operation) + ": expected predictions [..., classes], given " + prediction_shape.str());
}

Tensor labels_for(const char* operation, const Tensor& y_true, const Shape& prediction_shape) {
  check_classes(operation, prediction_shape);
  const bool trailing_one = y_true.rank() == prediction_shape.rank() && y_true.rank() > 0 && y_true.shape(-1) == 1;
  const Tensor labels = trailing_one ? y_true.squeeze(-1) : y_true;
  Shape expected = prediction_shape;
  expected.pop_back();
  if (labels.shape() != expected) {
    throw ShapeError(std::string(operation) + ": expected labels of shape " + expected.str() + " for predictions " +
                     prediction_shape.str() + ", given " + y_true.shape().str() +
                     (y_true.shape() == prediction_shape ? cure_for_one_hot(operation) : ""));
  }
  return labels;
}

}  // namespace xtape::detail
