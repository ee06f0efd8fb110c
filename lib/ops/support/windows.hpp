#pragma once

#include <array>
#include <cstdint>
#include <string>

// Sliding windows over images, as convolution and pooling have them.
namespace xtape::ops {

// How windows lie along one axis.
struct Windows {
  int64_t count;
  // Padding cells before and after the image.
  int64_t before;
  int64_t after;
};

// Windows of `size` cells that are `dilation` apart, every `stride` cells over `length`. With "same" padding there
// are ceil(length / stride), and the smaller half of the padding comes first, as in Keras. Without, the count is
// 0 or less where the window is longer than the image.
Windows place_windows(int64_t length, int64_t size, int64_t stride, int64_t dilation, bool same_padding);

// @throws ValueError unless `padding` is "valid" or "same"; whether it is "same".
bool is_same_padding(const char* operation, const std::string& padding);

// @throws ValueError unless both values are at least 1.
void check_at_least_one(const char* operation, const char* option, const std::array<int64_t, 2>& values);

}  // namespace xtape::ops
