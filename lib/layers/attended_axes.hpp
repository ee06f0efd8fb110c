#pragma once

#include <vector>
#include <xtape/tensor.hpp>

namespace xtape::layers {

// The axes along which attention goes, and the others, among those of inputs [batch, places..., features]. Attention
// knows places in rows, one for each combination of places along the other axes.
class AttendedAxes {
 public:
  // All places where `given` is all(). @throws IndexError for an axis that is none of places, ValueError for one given
  // twice.
  AttendedAxes(const Axes& given, int input_rank);

  std::size_t count() const { return attended_.size(); }
  // [batch, places..., heads, dim] -> [others..., heads, row, dim].
  Tensor to_rows(const Tensor& x) const;
  // And back, for inputs of that shape.
  Tensor from_rows(const Tensor& rows, const Shape& input_shape) const;
  // A mask [batch, first places...] of inputs of that shape -> [others..., row].
  Tensor mask_rows(const Tensor& mask, const Shape& input_shape) const;
  // The lengths of the other axes, then those of these.
  Shape others(const Shape& input_shape) const { return lengths_of(others_, input_shape); }
  Shape attended(const Shape& input_shape) const { return lengths_of(attended_, input_shape); }
  // Whether queries and keys of these shapes go together.
  bool fit(const Shape& query, const Shape& key) const;

 private:
  static Shape lengths_of(const std::vector<int>& axes, const Shape& shape);
  // How [batch, places..., (heads, dim)] is permuted.
  std::vector<int> order(bool with_heads) const;

  int rank_;
  std::vector<int> others_, attended_;
};

}  // namespace xtape::layers
