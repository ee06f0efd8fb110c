#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <xtape/io/npz.hpp>
#include <xtape/io/pt.hpp>
#include <xtape/io/safetensors.hpp>
#include <xtape/saving/inspect.hpp>

#include "io/hdf5.hpp"
#include "saving/format.hpp"
#include "saving/model_file.hpp"
#include "saving/state_groups.hpp"

namespace xtape::saving {
namespace {

void gather(const io::ArrayGroup& group, const std::string& path, io::NamedTensors& arrays) {
  for (const auto& [name, array] : group.arrays) arrays.emplace_back(joined(path, name), array);
  for (const auto& [name, inside] : group.groups) gather(inside, joined(path, name), arrays);
}

// Weights, and beside them the state of the optimizer, as `.weights.h5` has them.
void gather_weights(const io::ArrayGroup& root, FileContents& contents) {
  for (const auto& [name, array] : root.arrays) contents.weights.emplace_back(name, array);
  for (const auto& [name, group] : root.groups) {
    gather(group, name, name == "optimizer" ? contents.optimizer : contents.weights);
  }
  // They are numbers in the order of texts: 0, 1, 10, 11, 2.
  std::stable_sort(contents.optimizer.begin(), contents.optimizer.end(),
                   [](const auto& a, const auto& b) { return a.first.size() < b.first.size(); });
}

void take(ModelFile file, FileContents& contents) {
  contents.keras_version = std::move(file.keras_version);
  contents.date_saved = std::move(file.date_saved);
  if (const Config* compiled = file.config.find("compile_config")) {
    // Keras 3.16 writes {} where nothing was compiled.
    if (compiled->is_dict() && !compiled->entries().empty()) contents.compile_config = *compiled;
  }
  contents.config = std::move(file.config);
  gather_weights(file.weights, contents);
  if (contents.optimizer.empty() && file.optimizer) gather(*file.optimizer, "optimizer", contents.optimizer);
  contents.has_random_state = file.own_state && file.own_state->is_dict() && file.own_state->find("random_state");
  contents.has_self_test = file.self_test.has_value();
}

void take_hdf5(const std::string& path, FileContents& contents) {
  const io::ArrayGroup root = io::read_hdf5(path);
  if (root.find_attribute("model_config")) return take(read_legacy(path), contents);
  if (const auto* version = root.find_attribute_of<std::string>("keras_version")) contents.keras_version = *version;
  gather_weights(root, contents);
}

}  // namespace

FileContents inspect(const std::string& filepath, const InspectOptions& options) {
  FileContents contents;
  const Format format =
      format_of("inspect", filepath, options.format,
                {Format::keras, Format::weights_h5, Format::h5, Format::safetensors, Format::npz, Format::pt});
  contents.format = name_of(format);
  switch (format) {
    case Format::keras: {
      ModelFile file = read_keras(filepath);
      unpack_weights(file, std::numeric_limits<uint64_t>::max());
      take(std::move(file), contents);
      break;
    }
    case Format::weights_h5:
    case Format::h5:
      take_hdf5(filepath, contents);
      break;
    case Format::safetensors: {
      io::Safetensors file = io::load_safetensors(filepath);
      contents.weights = std::move(file.tensors);
      contents.metadata = std::move(file.metadata);
      break;
    }
    case Format::npz:
      contents.weights = io::load_npz(filepath);
      break;
    case Format::pt:
      contents.weights = io::load_pt(filepath);
      break;
  }
  return contents;
}

}  // namespace xtape::saving
