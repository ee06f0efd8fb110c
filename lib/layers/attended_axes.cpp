#include "layers/attended_axes.hpp"

#include <algorithm>
#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::layers {

AttendedAxes::AttendedAxes(const Axes& given, int input_rank) : rank_(input_rank) {
  std::vector<bool> chosen(static_cast<std::size_t>(rank_), given.all());
  for (const int each : given.values()) {
    const int axis = each < 0 ? each + rank_ : each;
    if (axis < 1 || axis > rank_ - 2) {
      throw IndexError("the attention axis " + std::to_string(each) + " is none of the places of inputs of " +
                       std::to_string(rank_) + " dimensions");
    }
    if (chosen[static_cast<std::size_t>(axis)]) {
      throw ValueError("the attention axis " + std::to_string(each) + " is given twice");
    }
    chosen[static_cast<std::size_t>(axis)] = true;
  }
  others_.push_back(0);
  for (int axis = 1; axis < rank_ - 1; ++axis) {
    (chosen[static_cast<std::size_t>(axis)] ? attended_ : others_).push_back(axis);
  }
}

Shape AttendedAxes::lengths_of(const std::vector<int>& axes, const Shape& shape) {
  Shape lengths;
  for (const int axis : axes) lengths.push_back(shape[axis]);
  return lengths;
}

std::vector<int> AttendedAxes::order(bool with_heads) const {
  std::vector<int> order = others_;
  if (with_heads) order.push_back(rank_ - 1);
  order.insert(order.end(), attended_.begin(), attended_.end());
  if (with_heads) order.push_back(rank_);
  return order;
}

Tensor AttendedAxes::to_rows(const Tensor& x) const {
  if (rank_ == 3) return x.transpose(1, 2);
  const Tensor moved = x.permute(order(true));
  if (count() == 1) return moved;
  Shape shape = others(x.shape());
  shape.push_back(x.shape(-2));
  shape.push_back(attended(x.shape()).numel());
  shape.push_back(x.shape(-1));
  return moved.reshape(shape);
}

Tensor AttendedAxes::from_rows(const Tensor& rows, const Shape& input_shape) const {
  if (rank_ == 3) return rows.transpose(1, 2);
  Tensor apart = rows;
  if (count() != 1) {
    Shape shape = others(input_shape);
    shape.push_back(rows.shape(-3));
    for (const int64_t length : attended(input_shape)) shape.push_back(length);
    shape.push_back(rows.shape(-1));
    apart = rows.reshape(shape);
  }
  const std::vector<int> there = order(true);
  std::vector<int> back(there.size());
  for (std::size_t i = 0; i < there.size(); ++i) back[static_cast<std::size_t>(there[i])] = static_cast<int>(i);
  return apart.permute(back);
}

Tensor AttendedAxes::mask_rows(const Tensor& mask, const Shape& input_shape) const {
  if (rank_ == 3 && mask.rank() == 2) return mask;
  Tensor places = mask;
  while (places.rank() < rank_ - 1) places = places.expand_dims(-1);
  places = broadcast_to(places, Shape(input_shape.begin(), input_shape.end() - 1)).permute(order(false));
  Shape shape = others(input_shape);
  shape.push_back(attended(input_shape).numel());
  return places.reshape(shape);
}

bool AttendedAxes::fit(const Shape& query, const Shape& key) const {
  return std::all_of(others_.begin(), others_.end(), [&](int axis) { return query[axis] == key[axis]; });
}

}  // namespace xtape::layers
