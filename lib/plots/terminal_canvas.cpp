#include "plots/terminal_canvas.hpp"

#include <algorithm>
#include <cstdlib>

namespace xtape::plots {

void DotGrid::set(int x, int y) {
  if (x < 0 || y < 0 || x >= width() || y >= height()) return;
  dots_[static_cast<std::size_t>(y / 4 * columns_ + x / 2)] |= static_cast<uint8_t>(1 << (y % 4 * 2 + x % 2));
}

void DotGrid::line(int x0, int y0, int x1, int y1) {
  const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
  for (int i = 0; i <= steps; ++i) {
    const auto between = [&](int from, int to) {
      return from + ((to - from) * i * 2 + (to > from ? steps : -steps)) / (2 * steps);
    };
    set(between(x0, x1), between(y0, y1));
  }
}

std::string DotGrid::dotted(int column, int row) const {
  // Bits of the pattern, by dot: left and right, from above (Unicode, chapter 21.1).
  constexpr int bits[] = {0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};
  int pattern = 0;
  for (int dot = 0; dot < 8; ++dot) {
    if (mask(column, row) & 1 << dot) pattern |= bits[dot];
  }
  // U+2800 + pattern in UTF-8.
  return {static_cast<char>(0xe2), static_cast<char>(0xa0 | pattern >> 6), static_cast<char>(0x80 | (pattern & 0x3f))};
}

std::string DotGrid::blocked(int column, int row) const {
  // By upper left, upper right, lower left and lower right quarter, from the lowest bit.
  constexpr const char* blocks[] = {" ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█"};
  const int dots = mask(column, row);
  int quarters = 0;
  for (int quarter = 0; quarter < 4; ++quarter) {
    const int first = quarter / 2 * 4 + quarter % 2;
    if (dots & (1 << first | 1 << (first + 2))) quarters |= 1 << quarter;
  }
  return blocks[quarters];
}

}  // namespace xtape::plots
