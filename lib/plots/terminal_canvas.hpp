#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xtape::plots {

/// A grid of letters of which each has 2 x 4 dots, for lines.
class DotGrid {
 public:
  DotGrid(int columns, int rows)
      : columns_(columns), rows_(rows), dots_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

  int width() const { return 2 * columns_; }
  int height() const { return 4 * rows_; }
  /// Dots count from the upper left corner; those outside are left out.
  void set(int x, int y);
  void line(int x0, int y0, int x1, int y1);
  bool has(int column, int row) const { return mask(column, row) != 0; }
  /// The letter with its dots as they are (Unicode's Braille patterns), and made of blocks: each quarter that has a
  /// dot.
  std::string dotted(int column, int row) const;
  std::string blocked(int column, int row) const;

 private:
  uint8_t mask(int column, int row) const { return dots_[static_cast<std::size_t>(row * columns_ + column)]; }

  int columns_, rows_;
  std::vector<uint8_t> dots_;  // bit 2 * y + x of each letter
};

}  // namespace xtape::plots
