#include <xtape/error.hpp>
#include <xtape/io/npz.hpp>
#include <xtape/io/safetensors.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/saving/saving.hpp>

#include "io/atomic_file.hpp"
#include "io/hdf5.hpp"
#include "saving/format.hpp"
#include "saving/model_checks.hpp"
#include "saving/model_file.hpp"
#include "saving/optimizer_state.hpp"
#include "saving/release.hpp"
#include "saving/weights_legacy.hpp"
#include "saving/weights_named.hpp"
#include "saving/weights_tree.hpp"

namespace xtape::saving {

void save_model(const models::Model& model, const std::string& filepath, const SaveOptions& options) {
  const Format format = format_of("save", filepath, options.format, {Format::keras, Format::h5});
  check_may_write("save", filepath, options.overwrite);
  check_built("save", model);
  check_names("save", model);
  if (format == Format::keras) return write_keras(model, filepath, options);
  write_legacy(model, filepath, options);
}

void save_weights(const models::Model& model, const std::string& filepath, const SaveWeightsOptions& options) {
  const Format format = format_of("save_weights", filepath, options.format,
                                  {Format::weights_h5, Format::h5, Format::safetensors, Format::npz});
  check_may_write("save_weights", filepath, options.overwrite);
  check_built("save_weights", model);
  check_names("save_weights", model);
  if (format == Format::safetensors) return io::save_safetensors(filepath, named_weights(model));
  if (format == Format::npz) return io::save_npz(filepath, named_weights(model));
  if (format == Format::h5) return io::write_atomically(filepath, io::hdf5_content(legacy_weights(model)));
  io::ArrayGroup weights = weights_tree(model.impl());
  if (model.compiled()) weights.group_at("optimizer/vars") = optimizer_tree(model);
  weights.attributes.emplace_back(own_format, int64_t{1});
  io::write_atomically(filepath, io::hdf5_content(weights));
}

}  // namespace xtape::saving

namespace xtape::models {

void Model::save(const std::string& filepath, const saving::SaveOptions& options) const {
  saving::save_model(*this, filepath, options);
}

void Model::save_weights(const std::string& filepath, const saving::SaveWeightsOptions& options) const {
  saving::save_weights(*this, filepath, options);
}

}  // namespace xtape::models
