#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/written_layers.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>

#include "io/hdf5.hpp"
#include "io/zip.hpp"
#include "saving/assets.hpp"
#include "saving/kept_states.hpp"
#include "saving/model_config.hpp"
#include "saving/model_file.hpp"
#include "saving/optimizer_state.hpp"
#include "saving/own_state.hpp"
#include "saving/self_test.hpp"
#include "saving/shared_layers.hpp"
#include "saving/state_groups.hpp"
#include "saving/weights_tree.hpp"

// `.keras`: an archive of JSON and an HDF5 file. What Keras has no place for is below "xtape/".
namespace xtape::saving {
namespace {

constexpr const char* metadata_entry = "metadata.json";
constexpr const char* config_entry = "config.json";
constexpr const char* weights_entry = "model.weights.h5";
constexpr const char* own_state_entry = "xtape/state.json";
constexpr const char* states_entry = "xtape/states.h5";
constexpr const char* self_test_entry = "xtape/self_test.h5";
constexpr std::string_view assets_folder = "assets/";
// Numbers unpack to little more than they take, zeros and ones to a thousand times as much.
constexpr uint64_t usual_ratio = 8, usual_bytes = uint64_t{64} << 20;

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm local{};
  localtime_r(&time, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d@%H:%M:%S", &local);
  return text;
}

std::string metadata() {
  Config config = Config::dict();
  config.set("keras_version", written_release);
  config.set("date_saved", now());
  return to_json(config);
}

Config json_of(const io::ZipReader& archive, const char* entry, const std::string& path) {
  try {
    return parse_json(archive.read_text(entry, max_json_bytes));
  } catch (FormatError& error) {
    error.set_message(path + ": " + entry + ": " + error.message());
    throw;
  }
}

// What may be unpacked whatever the model is.
bool is_usual(const io::ZipReader::Sizes& sizes) {
  return sizes.unpacked <= std::max(usual_bytes, usual_ratio * sizes.packed);
}

io::ArrayGroup arrays_of(const io::ZipReader& archive, const char* entry, const std::string& path, uint64_t most) {
  const std::string place = path + ": " + entry;
  const auto check = [&](std::span<const std::byte> beginning, uint64_t bytes) {
    io::check_hdf5_signature(beginning, place);
    if (bytes <= most || is_usual(archive.sizes(entry))) return;
    throw FormatError(place + ": expected at most " + std::to_string(most) +
                      " bytes, which the model and its optimizer can have, found " + std::to_string(bytes));
  };
  return io::read_hdf5_image(archive.read(entry, check), place, io::most_unpacked_of(archive.sizes(entry).packed));
}

layers::Assets assets_in(const io::ZipReader& archive) {
  layers::Assets files;
  uint64_t left = max_assets_bytes;
  for (const std::string& entry : archive.names()) {
    if (!entry.starts_with(assets_folder) || entry.ends_with('/')) continue;
    std::string bytes = archive.read_text(entry, left);
    left -= bytes.size();
    files.emplace(entry.substr(assets_folder.size()), std::move(bytes));
  }
  return files;
}

// A text of metadata.json; empty where there is none.
std::string text_in(const Config& metadata, const char* name) {
  const Config* text = metadata.is_dict() ? metadata.find(name) : nullptr;
  return text && text->is_text() ? text->text() : "";
}

}  // namespace

void write_keras(const models::Model& model, const std::string& path, const SaveOptions& options) {
  const detail::ConfigPlace::Outermost whole;
  const layers::WrittenLayers written;
  const std::string config = config_text(config_of(model, options), model);
  check_shared_again(model.impl(), written);
  const std::string head = metadata(), own_state = own_state_of(model, written.shared());
  io::ArrayGroup weights = weights_tree(model.impl());
  if (options.include_optimizer && model.compiled()) {
    weights.group_at("optimizer/vars") = optimizer_tree(model);
  }
  std::vector<io::ZipEntry> entries = {{metadata_entry, io::as_bytes(head)},
                                       {config_entry, io::as_bytes(config)},
                                       {weights_entry, io::hdf5_content(weights)},
                                       {own_state_entry, io::as_bytes(own_state)}};
  const layers::Assets assets = assets_of(model.impl());
  for (const auto& [name, bytes] : assets) {
    entries.push_back({std::string(assets_folder) + name, io::as_bytes(bytes)});
  }
  if (const io::ArrayGroup states = kept_states_of(model.impl()); !states.groups.empty() || !states.arrays.empty()) {
    entries.push_back({states_entry, io::hdf5_content(states)});
  }
  if (options.self_test) entries.push_back({self_test_entry, io::hdf5_content(self_test_of(model))});
  io::write_zip(path, entries);
}

ModelFile read_keras(const std::string& path) {
  const auto archive = std::make_shared<const io::ZipReader>(path);
  ModelFile file;
  file.path = path;
  if (archive->contains(metadata_entry)) {
    const Config metadata = json_of(*archive, metadata_entry, path);
    file.keras_version = text_in(metadata, "keras_version");
    file.date_saved = text_in(metadata, "date_saved");
    file.release = release_of(file.keras_version);
  }
  file.config = json_of(*archive, config_entry, path);
  file.assets = assets_in(*archive);
  if (archive->contains(own_state_entry)) {
    file.own_state = json_of(*archive, own_state_entry, path);
    file.release.is_ours = true;
  }
  if (archive->contains(states_entry)) file.states = arrays_of(*archive, states_entry, path, max_assets_bytes);
  if (archive->contains(self_test_entry)) {
    file.self_test = arrays_of(*archive, self_test_entry, path, max_assets_bytes);
  }
  file.archive = archive;
  const io::ZipReader::Sizes sizes = archive->sizes(weights_entry);
  file.unpacked_bytes = sizes.unpacked;
  if (is_usual(sizes)) unpack_weights(file, sizes.unpacked);
  return file;
}

void unpack_weights(ModelFile& file, uint64_t most) {
  if (!file.archive) return;
  file.weights = arrays_of(*file.archive, weights_entry, file.path, most);
  if (const io::ArrayGroup* optimizer = file.weights.find_group("optimizer/vars")) file.optimizer = *optimizer;
  file.archive.reset();
}

uint64_t most_bytes_of(const models::Model& model) {
  // In float64, with up to three slots of an optimizer, averages, gathered gradients and two more.
  constexpr uint64_t arrays = 8, structures = 1 << 14;
  uint64_t bytes = usual_bytes;
  for (const StateGroup& group : state_groups_everywhere(model.impl())) {
    for (const layers::Variable& weight : group.variables) {
      bytes += structures + arrays * 8 * static_cast<uint64_t>(weight.value.numel());
    }
  }
  return bytes;
}

}  // namespace xtape::saving
