#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/callbacks/history.hpp>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::plots {

struct TerminalOptions {
  /// Columns and, of a curve, rows of text that are used. Default: 80 and 12.
  int width = 80;
  int height = 12;
  /// Whether colours are written (ANSI control characters; of images, in 24 bits). Default: if the stream is std::cout
  /// and that is a terminal.
  std::optional<bool> color = std::nullopt;
  /// Of curves: as in training_curve.
  std::vector<std::string> metrics = {};
  std::string yscale = "linear";
  /// Of images: as in plots::images.
  std::optional<std::pair<double, double>> value_range = std::nullopt;
};

/// Draws a training as text: a panel for each metric, the training as a line of blocks, the validation as one of dots,
/// so that they are told apart without colours too. @throws ValueError for a history without values, an unknown name or
/// yscale, a width below 30 or a height below 3.
XTAPE_API void terminal(const callbacks::History& history, std::ostream& stream, const TerminalOptions& options = {});
/// Draws images, as plots::images takes them, beside and below each other, made smaller where one is wider than the
/// terminal: two pixels a letter with colours, else shades of grey.
/// @throws ShapeError for other shapes, or none; ValueError for a width below 1 or an empty value_range.
XTAPE_API void terminal(const Tensor& images, std::ostream& stream, const TerminalOptions& options = {});

}  // namespace xtape::plots
