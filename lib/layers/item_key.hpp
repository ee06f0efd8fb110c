#pragma once

#include <initializer_list>
#include <optional>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

namespace xtape::layers {

// What stands in the brackets of `x[...]`: positions, ranges, new axes (Python's None) and perhaps an ellipsis.
class ItemKey {
 public:
  ItemKey() = default;
  // In Keras's form: a number, {"class_name": "__slice__", ...}, nothing, {"class_name": "__ellipsis__", ...}, or a
  // list of these. @throws ValueError for anything else and for two ellipses.
  explicit ItemKey(const Config& config);

  // @throws IndexError for more entries than dimensions and a position out of range.
  Tensor operator()(const Tensor& x) const;
  // The shape of that, where -1 is an unknown length.
  Shape shape_of(const Shape& shape) const;

 private:
  enum class Kind { position, range, new_axis, ellipsis };
  struct Entry {
    Kind kind;
    int64_t position = 0;
    Slice range = {};
  };

  // How many axes an ellipsis stands for. @throws IndexError if there are too few.
  int left_out(const Shape& shape) const;

  std::vector<Entry> entries_;
  // Those that take an axis.
  int taken_ = 0;
};

// As Keras writes it.
Config item_key_to_config(std::initializer_list<Index> indices);

}  // namespace xtape::layers
