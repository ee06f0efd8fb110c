#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <xtape/config.hpp>
#include <xtape/layers/assets.hpp>
#include <xtape/models/model.hpp>
#include <xtape/saving/saving.hpp>

#include "io/array_group.hpp"
#include "io/zip.hpp"
#include "saving/release.hpp"

// Whole models, whatever format they are in.
namespace xtape::saving {

// What a file of a model holds.
struct ModelFile {
  // For errors.
  std::string path;
  Release release;
  // What the file says of the release, and when it was saved; empty where it does not.
  std::string keras_version, date_saved;
  // The model as layers::serialize writes it, with `build_config` and `compile_config`.
  Config config;
  io::ArrayGroup weights;
  // Whether the weights are as in weights_legacy.hpp, or as in weights_tree.hpp.
  bool is_legacy = false;
  // The arrays "0", "1", ...
  std::optional<io::ArrayGroup> optimizer;
  // As in assets.hpp.
  layers::Assets assets;
  // What own_state_of gave, kept_states_of and self_test_of.
  std::optional<Config> own_state;
  std::optional<io::ArrayGroup> states;
  std::optional<io::ArrayGroup> self_test;
  // Of `.keras`, while its weights are packed: the archive, and what it says that they unpack to.
  std::shared_ptr<const io::ZipReader> archive;
  uint64_t unpacked_bytes = 0;
};

// Weights that unpack to many times what they take in the file, as zeros do, are left packed.
ModelFile read_keras(const std::string& path);
// Reads weights that were left. @throws FormatError if they are of more bytes than that.
void unpack_weights(ModelFile& file, uint64_t most);
// What a file can have for that model, at most: weights, the state of any optimizer for them, and structures.
uint64_t most_bytes_of(const models::Model& model);

ModelFile read_legacy(const std::string& path);

void write_keras(const models::Model& model, const std::string& path, const SaveOptions& options);
void write_legacy(const models::Model& model, const std::string& path, const SaveOptions& options);

}  // namespace xtape::saving
