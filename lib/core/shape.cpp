#include <xtape/detail/position_text.hpp>
#include <xtape/error.hpp>
#include <xtape/shape.hpp>

#include <algorithm>
#include <ostream>

namespace xtape {

std::string Shape::str() const {
  std::string text = "[";
  for (std::size_t i = 0; i < size(); ++i) {
    if (i) text += ", ";
    text += std::to_string((*this)[i]);
  }
  return text + "]";
}

Shape detail::position_of(int64_t index, const Shape& shape) {
  Shape position = shape;
  for (std::size_t axis = shape.size(); axis-- > 0; index /= shape[axis]) position[axis] = index % shape[axis];
  return position;
}

std::string detail::position_text(int64_t index, const Shape& shape) {
  return shape.rank() <= 1 ? std::to_string(index) : position_of(index, shape).str();
}

int64_t Shape::large_numel() const {
  if (std::find(begin(), end(), 0) != end()) return 0;
  throw ShapeError("numel: too many elements: " + str());
}

std::ostream& operator<<(std::ostream& stream, const Shape& shape) { return stream << shape.str(); }

Shape broadcast_shapes(const Shape& a, const Shape& b, const char* operation) {
  if (a == b) return a;
  const std::size_t rank = std::max(a.size(), b.size());
  Shape result(rank, 1);
  for (std::size_t i = 1; i <= rank; ++i) {
    const int64_t length_a = i <= a.size() ? a[a.size() - i] : 1;
    const int64_t length_b = i <= b.size() ? b[b.size() - i] : 1;
    if (length_a != length_b && length_a != 1 && length_b != 1) {
      throw ShapeError(std::string(operation) + ": shapes do not broadcast: " + a.str() + " and " + b.str());
    }
    result[rank - i] = length_a == 1 ? length_b : length_a;
  }
  return result;
}

}  // namespace xtape
