#pragma once

#include <optional>
#include <string>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::plots {

struct ConfusionMatrixOptions {
  /// Beside the rows and columns. Default: the numbers of the classes.
  std::vector<std::string> class_names = {};
  /// What the shares in the cells are of: "true" of the samples of the row's class, "pred" of those of the column's,
  /// "all" of all. Default: the cells hold counts.
  std::optional<std::string> normalize = std::nullopt;
  std::string title = "";
  /// Pixels an inch, of a PNG.
  double dpi = 192;
};

/// Draws how often each class was taken for which, to an .svg or .png by the path's ending: a row for each true class,
/// a column for each predicted one, darker where there are more.
/// ```
/// plots::confusion_matrix(y_test, model.predict(x_test), "confusion.svg", {.class_names = {"cat", "dog"}});
/// ```
/// y_true and y_pred [n] or [n, 1] are classes, from 0; [n, classes] are one-hot, scores or probabilities, of which the
/// largest counts. There are as many classes as names, or columns, or as the largest class says. Numbers are left out
/// of the cells from 26 classes on. @throws ShapeError for other shapes, lengths that differ, or none; IndexError for
/// classes that are negative, no whole numbers, NaN, or too large; ValueError for a row of scores with NaN, which is
/// named, as nothing is the largest of it, for another `normalize`, a wrong number of names or a dpi that is not
/// positive, another ending or a PNG without cairo; IOError if the file cannot be written.
XTAPE_API void confusion_matrix(const Tensor& y_true, const Tensor& y_pred, const std::string& path,
                                const ConfusionMatrixOptions& options = {});

}  // namespace xtape::plots
