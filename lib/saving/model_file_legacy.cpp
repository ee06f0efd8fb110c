#include <algorithm>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/written_layers.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>

#include "io/atomic_file.hpp"
#include "io/hdf5.hpp"
#include "saving/assets.hpp"
#include "saving/kept_states.hpp"
#include "saving/model_config.hpp"
#include "saving/model_file.hpp"
#include "saving/optimizer_state.hpp"
#include "saving/own_state.hpp"
#include "saving/self_test.hpp"
#include "saving/shared_layers.hpp"
#include "saving/weights_legacy.hpp"

// `.h5`: a whole model in Keras's older format. What Keras has no place for is in the attributes "xtape_state" and, of
// a model of one's own, "xtape_build_config", and in the groups "xtape_states" and "xtape_self_test".
namespace xtape::saving {
namespace {

// Of the layers of a model, and the model itself, that format keeps the class and its options alone.
Config as_legacy(const Config& layer) {
  // An operation on symbols is found by its module alone.
  const Config* module = layer.find("module");
  if (module && module->is_text() && module->text().find(".ops") != std::string::npos) return layer;
  Config result = Config::dict();
  for (const Config::Entry& entry : layer.entries()) {
    const bool is_new = entry.name == "module" || entry.name == "registered_name" || entry.name == "build_config" ||
                        entry.name == "compile_config";
    if (!is_new) result.set(entry.name, entry.value);
  }
  // "package>Class" stands for the class there.
  const Config* registered = layer.find("registered_name");
  if (registered && registered->is_text()) result.set("class_name", registered->text());
  // There layers are found by the names of Keras's own classes.
  if (layer.at("class_name") == Config("GroupQueryAttention")) result.set("class_name", "GroupedQueryAttention");
  const Config* options = layer.find("config");
  const Config* inside = options && options->is_dict() ? options->find("layers") : nullptr;
  if (!inside || !inside->is_list()) return result;
  Config::List layers;
  for (const Config& each : inside->list()) layers.push_back(as_legacy(each));
  Config changed = *options;
  changed.set("layers", std::move(layers));
  result.set("config", std::move(changed));
  return result;
}

// The optimizer stands last there, under another name.
Config training_config(const Config& compiled) {
  Config result = Config::dict();
  for (const Config::Entry& entry : compiled.entries()) {
    if (entry.name != "optimizer") result.set(entry.name, entry.value);
  }
  result.set("optimizer_config", as_legacy(compiled.at("optimizer")));
  return result;
}

Config compile_config(const Config& training) {
  Config::Entries result = training.entries();
  for (Config::Entry& entry : result) {
    if (entry.name == "optimizer_config") entry.name = "optimizer";
  }
  return Config(std::move(result));
}

Config json_of(const io::ArrayGroup& file, const char* attribute, const std::string& path) {
  const auto* text = file.find_attribute_of<std::string>(attribute);
  if (!text)
    throw FormatError(path + ": there is no text " + attribute +
                      ": the file holds no model; load_weights reads weights alone");
  try {
    return parse_json(*text);
  } catch (FormatError& error) {
    error.set_message(path + ": " + attribute + ": " + error.message());
    throw;
  }
}

}  // namespace

void write_legacy(const models::Model& model, const std::string& path, const SaveOptions& options) {
  if (const layers::Assets assets = assets_of(model.impl()); !assets.empty()) {
    throw ValueError("save: a layer keeps the file \"" + assets.begin()->first +
                         "\", for which .h5 has no place; save the model as .keras",
                     model.name());
  }
  const detail::ConfigPlace::Outermost whole;
  const layers::WrittenLayers written;
  const Config config = config_of(model, options);
  check_shared_again(model.impl(), written);
  check_shared_in_parts(model.impl(), written);
  io::ArrayGroup root;
  root.attributes.emplace_back("keras_version", written_release);
  root.attributes.emplace_back("backend", "xtape");
  root.attributes.emplace_back("model_config", config_text(as_legacy(config), model));
  if (const Config* compiled = config.find("compile_config")) {
    root.attributes.emplace_back("training_config", to_json(training_config(*compiled)));
  }
  root.attributes.emplace_back("xtape_state", own_state_of(model, written.shared()));
  // Functional and Sequential models show by their layers what they are built for.
  if (const Config* built = config.find("build_config"); built && !model.impl().has_graph()) {
    root.attributes.emplace_back("xtape_build_config", to_json(*built));
  }
  root.group_at("model_weights") = legacy_weights(model);
  if (options.include_optimizer && model.compiled()) {
    io::ArrayGroup& optimizer = root.group_at("optimizer_weights");
    std::vector<std::string> names;
    for (const auto& [name, value] : named_optimizer_state(model.optimizer())) {
      names.push_back(name);
      optimizer.add_array(name, value);
    }
    // The exact learning rates, and of which variables it is.
    for (auto& attribute : optimizer_tree(model).attributes) {
      if (attribute.first != "name") optimizer.attributes.push_back(std::move(attribute));
    }
    optimizer.attributes.emplace_back("weight_names", std::move(names));
  }
  if (io::ArrayGroup states = kept_states_of(model.impl()); !states.groups.empty() || !states.arrays.empty()) {
    root.group_at("xtape_states") = std::move(states);
  }
  if (options.self_test) root.group_at("xtape_self_test") = self_test_of(model);
  io::write_atomically(path, io::hdf5_content(root));
}

ModelFile read_legacy(const std::string& path) {
  io::ArrayGroup root = io::read_hdf5(path);
  ModelFile file;
  file.path = path;
  file.is_legacy = true;
  if (const auto* version = root.find_attribute_of<std::string>("keras_version")) {
    file.keras_version = *version;
    file.release = release_of(*version);
  }
  file.config = json_of(root, "model_config", path);
  if (root.find_attribute("training_config")) {
    file.config.set("compile_config", compile_config(json_of(root, "training_config", path)));
  }
  if (root.find_attribute("xtape_build_config")) {
    file.config.set("build_config", json_of(root, "xtape_build_config", path));
  }
  if (root.find_attribute("xtape_state")) {
    file.own_state = json_of(root, "xtape_state", path);
    file.release.is_ours = true;
  }
  if (const io::ArrayGroup* states = root.find_group("xtape_states")) file.states = *states;
  if (const io::ArrayGroup* test = root.find_group("xtape_self_test")) file.self_test = *test;
  if (const io::ArrayGroup* optimizer = root.find_group("optimizer_weights")) {
    io::ArrayGroup numbered;
    for (const auto& [name, value] : listed_arrays(*optimizer, path + ": optimizer_weights")) {
      numbered.arrays.emplace_back(std::to_string(numbered.arrays.size()), value);
    }
    numbered.attributes = optimizer->attributes;
    file.optimizer = std::move(numbered);
  }
  const io::ArrayGroup* const weights = root.find_group("model_weights");
  if (!weights) throw FormatError(path + ": there is no group model_weights: the file holds no model");
  file.weights = *weights;
  return file;
}

}  // namespace xtape::saving
