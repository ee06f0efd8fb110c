#pragma once

#include <optional>
#include <string>
#include <vector>
#include <xtape/callbacks/history.hpp>
#include <xtape/export.hpp>

namespace xtape::plots {

struct TrainingCurveOptions {
  /// Names to draw, without `val_`: {"loss", "accuracy"}. Default: all.
  std::vector<std::string> metrics = {};
  /// "linear" or "log". Values that are not positive are gaps on a logarithmic axis.
  std::string yscale = "linear";
  /// What the best epoch is marked by. Default: `val_loss`, or `loss` without a validation. "" marks none.
  std::optional<std::string> monitor = std::nullopt;
  /// Whether the lowest or the highest value is best: "min", "max", or "auto", by Keras's names: accuracies, AUC,
  /// precision, recall, scores and the like are best when high, all else when low.
  std::string mode = "auto";
  /// Above the picture.
  std::string title = "";
  /// Of a panel, in pixels at 96 dpi. Default: 640 x 400 for one, 380 x 260 for several.
  std::optional<int> width = std::nullopt;
  std::optional<int> height = std::nullopt;
  /// Pixels an inch, of a PNG.
  double dpi = 192;
};

/// Draws a training to an .svg or .png, by the path's ending: a panel for each metric, with training and validation in
/// it, in at most three columns; a line from epoch to epoch, left out where a value is NaN or infinite; the best epoch.
/// ```
/// plots::training_curve(model.fit(x, y, {.epochs = 50, .validation_split = 0.1}), "curve.svg", {.yscale = "log"});
/// ```
/// Epochs count from 1, as in the lines that fit writes. A PNG takes a build with cairo.
/// @throws ValueError for a history without values, an unknown name (with the nearest ones), yscale or mode, a width or
/// height below 100, a dpi that is not positive, another ending, or a PNG without cairo; IOError if the file cannot be
/// written.
XTAPE_API void training_curve(const callbacks::History& history, const std::string& path,
                              const TrainingCurveOptions& options = {});

}  // namespace xtape::plots
