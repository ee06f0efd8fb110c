#pragma once

#include <optional>
#include <string>
#include <xtape/models/model.hpp>

namespace xtape::utils {

struct ModelToDotOptions {
  bool show_shapes = false;
  bool show_dtype = false;
  /// Default: true in model_to_dot, false in plot_model, as in Keras.
  std::optional<bool> show_layer_names = {};
  /// "TB": from top to bottom; "LR": from left to right; "BT", "RL".
  std::string rankdir = "TB";
  /// Draws the layers of models in the model, in a frame, in the place of one box.
  bool expand_nested = false;
  /// Dots per inch of a picture that is made of points.
  int dpi = 200;
  bool show_layer_activations = false;
  bool show_trainable = false;
  /// How lines run: "ortho", "curved", "polyline", "spline", "line".
  std::string splines = "ortho";
};

/// The graph of a model in the language of Graphviz (`dot -Tsvg`): a box for each layer, which says what the options
/// ask for, and a line for each tensor that one takes from another. A model of one's own is one box.
/// @throws ValueError for a model that is not built, dpi below 1, an unknown rankdir or splines.
XTAPE_API std::string model_to_dot(const models::Model& model, const ModelToDotOptions& options = {});

/// Writes that graph to a file, as text if its name ends with .dot or .gv, else as the picture that its ending says
/// (.png, .svg, .pdf, ...), for which Graphviz's program `dot` has to be installed.
/// ```
/// utils::plot_model(model, "model.svg", {.show_shapes = true, .expand_nested = true});
/// ```
/// @throws as model_to_dot; ValueError for a name without an ending; IOError if the file cannot be written or `dot` is
/// not there or refuses.
XTAPE_API void plot_model(const models::Model& model, const std::string& to_file = "model.png",
                          const ModelToDotOptions& options = {});

}  // namespace xtape::utils
