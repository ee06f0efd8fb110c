#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/plots/terminal.hpp>

#include "plots/curves.hpp"
#include "plots/rasters.hpp"
#include "plots/scale.hpp"
#include "plots/terminal_canvas.hpp"
#include "plots/text.hpp"

namespace xtape::plots {
namespace {

constexpr const char* function = "terminal";
constexpr const char* blue_text = "\x1b[34m";
constexpr const char* orange_text = "\x1b[33m";
constexpr const char* plain = "\x1b[0m";

bool has_color(const std::ostream& stream, const TerminalOptions& options) {
  return options.color.value_or(&stream == &std::cout && isatty(STDOUT_FILENO) == 1);
}

std::string colored(bool color, const char* start, const std::string& text) {
  return color ? start + text + plain : text;
}

std::string right_aligned(const std::string& text, std::size_t width, std::size_t columns) {
  return std::string(width - std::min(columns, width), ' ') + text;
}

// Letters of labels are one column each; those of powers have several bytes.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void draw(DotGrid& grid, const Series& series, const Scale& x, const Scale& y) {
  const auto column = [&](int64_t epoch) {
    return static_cast<int>(std::lround(x(static_cast<double>(epoch)) * (grid.width() - 1)));
  };
  const auto row = [&](double value) {
    return static_cast<int>(std::lround((1 - y.clipped(value)) * (grid.height() - 1)));
  };
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    if (!y.takes(series.values[i])) continue;
    const int x1 = column(series.epochs[i]), y1 = row(series.values[i]);
    const bool joins = i > 0 && y.takes(series.values[i - 1]);
    grid.line(joins ? column(series.epochs[i - 1]) : x1, joins ? row(series.values[i - 1]) : y1, x1, y1);
  }
}

// The axis below: numbers of epochs under their columns.
void write_epochs(std::ostream& stream, const Scale& x, int columns, std::size_t left) {
  std::string line(static_cast<std::size_t>(columns) + left + 2, ' ');
  for (const Tick& tick : whole_ticks(x.low, x.high, std::max(columns / 12, 1))) {
    const auto middle = static_cast<std::size_t>(std::lround(x(tick.value) * (columns - 1)));
    const std::size_t begin =
        std::min(left + 1 + middle - std::min(middle, tick.label.size() / 2), line.size() - tick.label.size());
    line.replace(begin, tick.label.size(), tick.label);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  stream << line << '\n';
}

void write_curve(std::ostream& stream, const Curve& curve, const Scale& x, const TerminalOptions& options, bool color) {
  const Scale y = scale_of(curve.values(), options.yscale == "log");
  std::vector<std::string> labels(static_cast<std::size_t>(options.height));
  std::size_t left = 0;
  for (const Tick& tick : ticks(y, std::max(options.height / 3, 2))) {
    const double row = (1 - y(tick.value)) * options.height - 0.5;
    labels[static_cast<std::size_t>(std::clamp(std::lround(row), 0L, options.height - 1L))] = tick.label;
    left = std::max(left, columns_of(tick.label));
  }
  const int columns = std::max(options.width - static_cast<int>(left) - 2, 8);
  DotGrid training(columns, options.height), validation(columns, options.height);
  if (curve.training) draw(training, *curve.training, x, y);
  if (curve.validation) draw(validation, *curve.validation, x, y);

  stream << valid_text(curve.name);
  if (curve.training) stream << "  " << colored(color, blue_text, "▀▄ training");
  if (curve.validation) stream << "  " << colored(color, orange_text, "⠉⣀ validation");
  stream << '\n';
  for (int row = 0; row < options.height; ++row) {
    const std::string& label = labels[static_cast<std::size_t>(row)];
    std::string line = right_aligned(label, left, columns_of(label)) + (label.empty() ? "│" : "┤");
    int written = 0;
    for (int column = 0; column < columns; ++column) {
      const bool of_validation = validation.has(column, row);
      if (!of_validation && !training.has(column, row)) continue;
      line += std::string(static_cast<std::size_t>(column - written), ' ');
      line += of_validation ? colored(color, orange_text, validation.dotted(column, row))
                            : colored(color, blue_text, training.blocked(column, row));
      written = column + 1;
    }
    stream << line << '\n';
  }
  stream << std::string(left, ' ') << "└";
  for (int column = 0; column < columns; ++column) stream << "─";
  stream << '\n';
  write_epochs(stream, x, columns, left);
}

// The mean of what lies in each cell of a coarser grid.
Raster shrunk(const Raster& raster, int64_t width, int64_t height) {
  Raster result(width, height);
  for (int64_t row = 0; row < height; ++row) {
    for (int64_t column = 0; column < width; ++column) {
      const int64_t top = row * raster.height / height, bottom = std::max((row + 1) * raster.height / height, top + 1);
      const int64_t left = column * raster.width / width,
                    right = std::max((column + 1) * raster.width / width, left + 1);
      double red = 0, green = 0, blue = 0;
      for (int64_t y = top; y < bottom; ++y) {
        for (int64_t x = left; x < right; ++x) {
          red += raster.at(y, x).red;
          green += raster.at(y, x).green;
          blue += raster.at(y, x).blue;
        }
      }
      const double area = static_cast<double>((bottom - top) * (right - left));
      result.at(row, column) = {static_cast<uint8_t>(red / area + 0.5), static_cast<uint8_t>(green / area + 0.5),
                                static_cast<uint8_t>(blue / area + 0.5)};
    }
  }
  return result;
}

std::string channels(Color color) {
  return std::to_string(color.red) + ';' + std::to_string(color.green) + ';' + std::to_string(color.blue);
}

// Two pixels, one above the other, as a half block.
std::string two_pixels(Color upper, Color lower) {
  return "\x1b[38;2;" + channels(upper) + "m\x1b[48;2;" + channels(lower) + "m▀";
}

std::string grey_pixel(Color color) {
  constexpr const char* shades[] = {" ", "░", "▒", "▓", "█"};
  return shades[std::min(static_cast<int>(brightness(color) * 5), 4)];
}

// A letter is about twice as high as wide: it holds two pixels, one above the other; without colours their mean.
std::string image_row(const Raster& raster, int64_t row, bool color) {
  std::string line;
  for (int64_t column = 0; column < raster.width; ++column) {
    const Color upper = raster.at(2 * row, column);
    const Color lower = 2 * row + 1 < raster.height ? raster.at(2 * row + 1, column) : upper;
    line += color ? two_pixels(upper, lower) : grey_pixel(mixed(upper, lower, 0.5));
  }
  return color ? line + plain : line;
}

}  // namespace

void terminal(const callbacks::History& history, std::ostream& stream, const TerminalOptions& options) {
  check_choice(function, "yscale", options.yscale, {"linear", "log"});
  detail::check_at_least(30, function, "width", options.width);
  detail::check_at_least(3, function, "height", options.height);
  const std::vector<Curve> curves = curves_of(function, history, options.metrics);
  const auto [first, last] = std::minmax_element(history.epoch().begin(), history.epoch().end());
  Scale x{static_cast<double>(*first + 1), static_cast<double>(*last + 1), false};
  if (x.low == x.high) x = {x.low - 0.5, x.high + 0.5, false};
  const bool color = has_color(stream, options);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (i > 0) stream << '\n';
    write_curve(stream, curves[i], x, options, color);
  }
}

void terminal(const Tensor& images, std::ostream& stream, const TerminalOptions& options) {
  detail::check_at_least(1, function, "width", options.width);
  std::vector<Raster> rasters = rasters_of(function, images, options.value_range);
  const bool color = has_color(stream, options);
  const int64_t width = std::min<int64_t>(rasters[0].width, options.width);
  const int64_t height = std::max<int64_t>((rasters[0].height * width + rasters[0].width / 2) / rasters[0].width, 1);
  for (Raster& raster : rasters) raster = shrunk(raster, width, height);
  const auto beside = static_cast<std::size_t>((options.width + 1) / (width + 1));
  for (std::size_t first = 0; first < rasters.size(); first += beside) {
    if (first > 0) stream << '\n';
    for (int64_t row = 0; row < (height + 1) / 2; ++row) {
      for (std::size_t i = first; i < std::min(first + beside, rasters.size()); ++i) {
        stream << (i == first ? "" : " ") << image_row(rasters[i], row, color);
      }
      stream << '\n';
    }
  }
}

}  // namespace xtape::plots
