#pragma once

#include <cstdint>
#include <xtape/detail/windows.hpp>

namespace xtape::ops {

// One spatial axis of an array, and the windows of so many taps over it.
struct SpatialAxis {
  int64_t length, taps;
  detail::Windows windows;
};

// That of an array that has not got it.
inline constexpr SpatialAxis absent_axis = {1, 1, {1, 0, 0, 1, 1}};

}  // namespace xtape::ops
