#include <algorithm>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>

namespace xtape::detail {

int64_t count_windows(int64_t length, int64_t size, int64_t stride, int64_t dilation, bool same_padding) {
  if (length == -1) return -1;
  if (same_padding) return (length + stride - 1) / stride;
  const int64_t span = (size - 1) * dilation + 1;
  return length < span ? 0 : (length - span) / stride + 1;
}

Shape window_output_shape(const Shape& input_shape, const std::array<int64_t, 2>& size,
                          const std::array<int64_t, 2>& strides, const std::array<int64_t, 2>& dilation,
                          std::string_view padding, int64_t channels) {
  if (input_shape.rank() != 4) {
    throw ShapeError("expected inputs [batch, height, width, channels], given " + input_shape.str());
  }
  const bool same = padding == "same";
  return {input_shape[0], count_windows(input_shape[1], size[0], strides[0], dilation[0], same),
          count_windows(input_shape[2], size[1], strides[1], dilation[1], same), channels};
}

void check_positive(std::string_view layer, std::string_view option, const std::array<int64_t, 2>& values) {
  if (values[0] < 1 || values[1] < 1) {
    throw ValueError(std::string(layer) + ": " + std::string(option) + " must be at least 1, given (" +
                     std::to_string(values[0]) + ", " + std::to_string(values[1]) + ")");
  }
}

void check_padding(std::string_view layer, const std::string& padding) {
  if (padding != "valid" && padding != "same") {
    throw ValueError(std::string(layer) + ": padding must be \"valid\" or \"same\", given \"" + padding + "\"");
  }
}

}  // namespace xtape::detail
