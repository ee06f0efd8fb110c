#include "ops/support/windows.hpp"

#include <algorithm>
#include <xtape/error.hpp>

namespace xtape::ops {

Windows place_windows(int64_t length, int64_t size, int64_t stride, int64_t dilation, bool same_padding) {
  const int64_t extent = (size - 1) * dilation + 1;
  if (!same_padding) return {length < extent ? 0 : (length - extent) / stride + 1, 0, 0};
  const int64_t count = (length + stride - 1) / stride;
  const int64_t padding = std::max<int64_t>((count - 1) * stride + extent - length, 0);
  return {count, padding / 2, padding - padding / 2};
}

bool is_same_padding(const char* operation, const std::string& padding) {
  if (padding != "valid" && padding != "same") {
    throw ValueError(std::string(operation) + ": padding must be \"valid\" or \"same\", got \"" + padding + "\"");
  }
  return padding == "same";
}

void check_at_least_one(const char* operation, const char* option, const std::array<int64_t, 2>& values) {
  if (values[0] < 1 || values[1] < 1) {
    throw ValueError(std::string(operation) + ": " + option + " must be at least 1, got (" + std::to_string(values[0]) +
                     ", " + std::to_string(values[1]) + ")");
  }
}

}  // namespace xtape::ops
