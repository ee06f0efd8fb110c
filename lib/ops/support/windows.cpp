#include <algorithm>
#include <limits>
#include <vector>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>

namespace xtape::detail {
namespace {

std::string start_of(std::string_view operation) { return operation.empty() ? "" : std::string(operation) + ": "; }

// Cells from the first to the last of a window.
int64_t extent_of(std::string_view operation, int64_t size, int64_t dilation) {
  int64_t distance;
  if (__builtin_mul_overflow(size - 1, dilation, &distance) || distance >= std::numeric_limits<int32_t>::max()) {
    throw ShapeError(start_of(operation) + "a window of " + std::to_string(size) + " cells, " +
                     std::to_string(dilation) + " apart, extends over more than 2147483647");
  }
  return distance + 1;
}

}  // namespace

Windows place_windows(std::string_view operation, int64_t length, int64_t size, int64_t stride, int64_t dilation,
                      Padding padding) {
  const int64_t extent = extent_of(operation, size, dilation);
  if (length == -1) return {-1, 0, 0, stride, dilation};
  int64_t count = length < extent ? 0 : (length - extent) / stride + 1, before = 0, after = 0;
  if (padding != Padding::valid) count = length / stride + (length % stride != 0);
  if (padding == Padding::same) {
    // What the last window lacks.
    const int64_t missing = std::max<int64_t>(extent - (length - (count - 1) * stride), 0);
    before = missing / 2;
    after = missing - before;
  }
  if (padding == Padding::causal) before = extent - 1;
  // A single window has no next one, however far it would be: one that lies just outside serves as well.
  const int64_t largest_stride = std::max<int64_t>(length + before + after - extent + 1, 1);
  return {count, before, after, std::min(stride, largest_stride), size > 1 ? dilation : 1};
}

TransposedWindows place_transposed_windows(std::string_view operation, int64_t count, int64_t size, int64_t stride,
                                           int64_t dilation, Padding padding, std::optional<int64_t> output_padding) {
  if (output_padding && (*output_padding < 0 || *output_padding >= stride)) {
    throw ValueError(start_of(operation) + "output_padding must be at least 0 and below the stride " +
                     std::to_string(stride) + ", given " + std::to_string(*output_padding));
  }
  const int64_t extent = extent_of(operation, size, dilation);
  if (count == -1) return {-1, {-1, 0, 0, stride, dilation}};
  // Cells to be cropped; what is negative is added behind.
  int64_t surplus;
  if (padding == Padding::same) {
    surplus = output_padding ? extent - extent % 2 - *output_padding : extent - stride;
  } else {
    surplus = -output_padding.value_or(std::max<int64_t>(stride - extent, 0));
  }
  const int64_t before = std::max<int64_t>(surplus / 2, 0), after = std::max<int64_t>(surplus - before, 0);
  int64_t steps, length;
  if (__builtin_mul_overflow(count - 1, stride, &steps) || __builtin_add_overflow(steps, extent - surplus, &length)) {
    throw ShapeError(start_of(operation) + std::to_string(count) + " windows, " + std::to_string(stride) +
                     " cells apart, extend over more than int64 holds");
  }
  // As for windows that are placed: a single one has no next one.
  return {length, {count, before, after, count > 1 ? stride : std::max<int64_t>(length, 1), size > 1 ? dilation : 1}};
}

std::string list_text(std::span<const int64_t> numbers) {
  if (numbers.size() == 1) return std::to_string(numbers[0]);
  std::string list;
  for (const int64_t number : numbers) list += (list.empty() ? "(" : ", ") + std::to_string(number);
  return list + ')';
}

std::string spatial_axes(std::size_t spatial, std::string_view channels) {
  constexpr const char* names[] = {"", "length", "height, width", "depth, height, width"};
  return std::string("[batch, ") + names[spatial] + ", " + std::string(channels) + "]";
}

void throw_spatial_rank(const Shape& shape, std::size_t spatial) {
  const std::string axes = spatial_axes(spatial);
  throw ShapeError("expected rank " + std::to_string(spatial + 2) + " (" + axes.substr(1, axes.size() - 2) + "), got " +
                   shape.str());
}

Shape window_output_shape(const Shape& input_shape, std::span<const int64_t> size, std::span<const int64_t> strides,
                          std::span<const int64_t> dilation, std::string_view padding, int64_t channels) {
  check_spatial_rank(input_shape, size.size());
  const Padding placement = padding_named("", padding, true);
  Shape output = input_shape;
  output.back() = channels;
  for (std::size_t i = 0; i < size.size(); ++i) {
    output[i + 1] = place_windows("", input_shape[i + 1], size[i], strides[i], dilation[i], placement).count;
  }
  if (std::find(output.begin() + 1, output.end() - 1, 0) != output.end() - 1) {
    if (std::find(input_shape.begin() + 1, input_shape.end() - 1, 0) != input_shape.end() - 1) {
      throw ShapeError("expected inputs of at least 1 cell along each axis, given " + input_shape.str());
    }
    const bool dilated = std::any_of(dilation.begin(), dilation.end(), [](int64_t distance) { return distance > 1; });
    throw ShapeError("a window " + list_text(size) + (dilated ? " with dilation " + list_text(dilation) : "") +
                     " does not fit into inputs " + input_shape.str() + "; use padding \"same\" or fewer layers that " +
                     "shrink the image");
  }
  return output;
}

void check_positive(std::string_view subject, std::string_view option, std::span<const int64_t> values) {
  if (std::any_of(values.begin(), values.end(), [](int64_t value) { return value < 1; })) {
    throw ValueError(std::string(subject) + ": " + std::string(option) + " must be at least 1, given " +
                     list_text(values));
  }
}

Padding padding_named(std::string_view subject, std::string_view padding, bool may_be_causal) {
  if (padding == "valid") return Padding::valid;
  if (padding == "same") return Padding::same;
  if (may_be_causal && padding == "causal") return Padding::causal;
  throw ValueError(start_of(subject) + "padding must be " +
                   (may_be_causal ? "\"valid\", \"same\" or \"causal\"" : "\"valid\" or \"same\"") + ", given \"" +
                   std::string(padding) + "\"");
}

}  // namespace xtape::detail
