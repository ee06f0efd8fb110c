#include <algorithm>
#include <limits>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>

namespace xtape::detail {
namespace {

// Cells from the first to the last of a window.
int64_t extent_of(std::string_view operation, int64_t size, int64_t dilation) {
  int64_t distance;
  if (__builtin_mul_overflow(size - 1, dilation, &distance) || distance >= std::numeric_limits<int32_t>::max()) {
    const std::string start = operation.empty() ? "" : std::string(operation) + ": ";
    throw ShapeError(start + "a window of " + std::to_string(size) + " cells, " + std::to_string(dilation) +
                     " apart, extends over more than 2147483647");
  }
  return distance + 1;
}

std::string text(const std::array<int64_t, 2>& size) {
  return '(' + std::to_string(size[0]) + ", " + std::to_string(size[1]) + ')';
}

}  // namespace

Windows place_windows(std::string_view operation, int64_t length, int64_t size, int64_t stride, int64_t dilation,
                      bool same_padding) {
  const int64_t extent = extent_of(operation, size, dilation);
  if (length == -1) return {-1, 0, 0, stride, dilation};
  int64_t count = length < extent ? 0 : (length - extent) / stride + 1, padding = 0;
  if (same_padding) {
    count = length / stride + (length % stride != 0);
    // What the last window lacks.
    padding = std::max<int64_t>(extent - (length - (count - 1) * stride), 0);
  }
  // A single window has no next one, however far it would be: one that lies just outside serves as well.
  const int64_t largest_stride = std::max<int64_t>(length + padding - extent + 1, 1);
  return {count, padding / 2, padding - padding / 2, std::min(stride, largest_stride), size > 1 ? dilation : 1};
}

Shape window_output_shape(const Shape& input_shape, const std::array<int64_t, 2>& size,
                          const std::array<int64_t, 2>& strides, const std::array<int64_t, 2>& dilation,
                          std::string_view padding, int64_t channels) {
  if (input_shape.rank() != 4) {
    throw ShapeError("expected inputs [batch, height, width, channels], given " + input_shape.str());
  }
  const bool same = padding == "same";
  const int64_t rows = place_windows("", input_shape[1], size[0], strides[0], dilation[0], same).count;
  const int64_t columns = place_windows("", input_shape[2], size[1], strides[1], dilation[1], same).count;
  if (rows == 0 || columns == 0) {
    const bool dilated = dilation[0] > 1 || dilation[1] > 1;
    throw ShapeError("a window " + text(size) + (dilated ? " with dilation " + text(dilation) : "") +
                     " does not fit into inputs " + input_shape.str() + "; use padding \"same\" or fewer layers that " +
                     "shrink the image");
  }
  return {input_shape[0], rows, columns, channels};
}

void check_positive(std::string_view subject, std::string_view option, const std::array<int64_t, 2>& values) {
  if (values[0] < 1 || values[1] < 1) {
    throw ValueError(std::string(subject) + ": " + std::string(option) + " must be at least 1, given " +
                     text(values));
  }
}

bool is_same_padding(std::string_view subject, std::string_view padding) {
  if (padding != "valid" && padding != "same") {
    throw ValueError(std::string(subject) + ": padding must be \"valid\" or \"same\", given \"" + std::string(padding) +
                     "\"");
  }
  return padding == "same";
}

}  // namespace xtape::detail
