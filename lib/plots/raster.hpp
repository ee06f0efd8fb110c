#pragma once

#include <cstdint>
#include <vector>

#include "plots/color.hpp"

namespace xtape::plots {

/// A picture of points, row by row.
struct Raster {
  int64_t width = 0, height = 0;
  std::vector<Color> pixels;  // width * height

  Raster() = default;
  Raster(int64_t columns, int64_t rows)
      : width(columns), height(rows), pixels(static_cast<std::size_t>(columns * rows), white) {}
  Color& at(int64_t row, int64_t column) { return pixels[static_cast<std::size_t>(row * width + column)]; }
  Color at(int64_t row, int64_t column) const { return pixels[static_cast<std::size_t>(row * width + column)]; }
};

}  // namespace xtape::plots
