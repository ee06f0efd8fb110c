#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::plots {

struct ImagesOptions {
  /// Images in a row. Default: about as many rows as columns, at most 10 columns.
  std::optional<int> columns = std::nullopt;
  /// Below each image.
  std::vector<std::string> labels = {};
  /// Left of each row.
  std::vector<std::string> row_labels = {};
  /// The values of black and white (of each channel: nothing and full). Values outside are shown as those. Default:
  /// 0 and 255 for integers, 0 and 1 for floating numbers.
  std::optional<std::pair<double, double>> value_range = std::nullopt;
  /// Height of an image, in pixels at 96 dpi. Default: 96, or the image's own height if that is more.
  std::optional<int> height = std::nullopt;
  std::string title = "";
  /// Pixels an inch, of a PNG.
  double dpi = 192;
};

/// Draws a grid of images to an .svg or .png, by the path's ending. `images` [n, height, width] or
/// [n, height, width, channels] of 1 (grey), 3 (red, green, blue) or 4 channels (and opacity, on white); NaN is drawn
/// red. What an autoencoder makes of its inputs:
/// ```
/// plots::images(concatenate({x, model.predict(x)}, 0), "pairs.png", {.columns = 10, .row_labels = {"given", "made"}});
/// ```
/// @throws ShapeError for other shapes, or none; ValueError for columns or height below 1, more labels than images or
/// rows, an empty value_range, a dpi that is not positive, another ending or a PNG without cairo; IOError if the file
/// cannot be written.
XTAPE_API void images(const Tensor& images, const std::string& path, const ImagesOptions& options = {});

}  // namespace xtape::plots
