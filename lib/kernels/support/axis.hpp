#pragma once

#include <cstdint>

namespace xtape::kernels {

// A contiguous array seen along one of its axes: [outer, size, inner].
struct AxisView {
  int64_t outer, size, inner;
};

}  // namespace xtape::kernels
