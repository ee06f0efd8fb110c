#pragma once

#include <string>
#include <vector>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model.hpp>
#include <xtape/saving/options.hpp>

/// Models in files, as Keras has them. Files are written whole or not at all: what was there stays until the new one is
/// on the disk.
/// ```
/// model.save("digits.keras");
/// const Model again = load_model("digits.keras");
/// again.fit(x, y);  // goes on as if nothing had been between, bit for bit
/// ```
namespace xtape::saving {

struct LoadOptions {
  /// Layers of one's own that are not registered: `.custom_objects = {layers::custom_object<Scale>()}`.
  std::vector<layers::CustomObject> custom_objects = {};
  /// Whether the model is compiled as it was, with the optimizer's state, where the file says so.
  bool compile = true;
  /// "keras" or "h5"; default: what the name ends with.
  std::string format = {};
  /// Whether the global random stream, and those of layers, go on where they stood as the model was saved, whatever
  /// set_random_seed said before; only of a model that is compiled. false for several trainings from one file that are
  /// to differ, each with its own seed.
  bool random_state = true;
};

/// Writes a model: `.keras`, an archive of configuration and weights, or `.h5`, Keras's older format. Keras 3.3 and
/// newer read both.
/// @throws ValueError for a name that ends otherwise and no format, a path with a zero byte, a file that is there
/// without `overwrite`, a model that is not built, whose configuration cannot be written (Layer::get_config), whose
/// layers have names that are not UTF-8, with models in one another so deep that they would not be read again, or whose
/// self-test does not work; IOError if the file cannot be written.
XTAPE_API void save_model(const models::Model& model, const std::string& filepath, const SaveOptions& options = {});

/// The model that save_model, or Keras 3, wrote. One that was compiled here goes on as if nothing had been between: the
/// random numbers of the program are those of the file from then on, and a seed that is set before has no effect. Call
/// set_random_seed afterwards, or give `.random_state = false`, to have others.
///
/// The optimizer's state is left out, which is said on std::cerr, where it is of other variables than the model trains:
/// layers were frozen or freed after the training, and the model was not compiled again.
/// @throws IOError for a file that cannot be read, FormatError for one that is not what it should be; ValueError,
/// listing all of them, for unknown classes and options, and for weights that are missing, too many or of other shapes;
/// ValueError for a self-test that gives other numbers than as it was saved.
XTAPE_API models::Model load_model(const std::string& filepath, const LoadOptions& options = {});

/// Writes the weights of a model and, to `.weights.h5`, the state of its optimizer. @throws as
/// save_model.
XTAPE_API void save_weights(const models::Model& model, const std::string& filepath,
                            const SaveWeightsOptions& options = {});

/// Sets the weights of a model, and the state of its optimizer where the file has one for it, to those of a file.
/// @throws ValueError for a model that is not built, and as load_model; nothing is changed then.
XTAPE_API void load_weights(const models::Model& model, const std::string& filepath,
                            const LoadWeightsOptions& options = {});

}  // namespace xtape::saving

namespace xtape {
using saving::load_model;
using saving::save_model;
}  // namespace xtape

namespace xtape::models {
using saving::load_model;
using saving::save_model;
}  // namespace xtape::models
