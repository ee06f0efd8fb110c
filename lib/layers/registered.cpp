#include "layers/registered.hpp"

#include <deque>
#include <mutex>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/written_layers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/registry.hpp>

#include "core/fork_safe_mutex.hpp"
#include "layers/build_config.hpp"
#include "layers/operation.hpp"

namespace xtape::layers {
namespace {

struct Registry {
  core::ForkSafeMutex mutex;
  // Entries stay where they are.
  std::deque<Registered> classes;
};

Registry& registry() {
  static Registry& registry = *new Registry;  // never destroyed: layers may be written until the end
  return registry;
}

template <class Matches>
const Registered* find(const Matches& matches) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  for (const Registered& each : all.classes) {
    if (matches(each)) return &each;
  }
  return nullptr;
}

// The namespace decides: "xtape::layers::(anonymous namespace)::DenseImpl" is the library's.
const char* module_of(const std::type_info& type) {
  const std::string name = type.name();
  if (name.starts_with("N5xtape6layers")) return "keras.layers";
  return name.starts_with("N5xtape6models") ? "keras" : nullptr;
}

}  // namespace

bool is_of_the_library(const std::type_info& type) { return module_of(type) != nullptr; }

const Registered* registered_as(const std::string& registered_name) {
  return find([&](const Registered& each) { return each.package + '>' + each.class_name == registered_name; });
}

const Registered* registered_as(const std::type_info& type) {
  return find([&](const Registered& each) { return each.type == type; });
}

std::vector<std::string> registered_names() {
  std::vector<std::string> names;
  find([&](const Registered& each) {
    names.push_back(each.class_name);
    return false;
  });
  return names;
}

void register_class(const std::type_info& type, const std::string& class_name, const std::string& package,
                    Layer (*make)(const Config& config)) {
  const Registered* known = registered_as(package + '>' + class_name);
  if (known && known->type != type) {
    throw ValueError("register_layer: another class is registered as " + package + '>' + class_name +
                     "; give one of them another package");
  }
  if (known) return;
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  all.classes.push_back({type, class_name, package, make});
}

Config serialize(const Layer& layer) {
  const detail::ConfigPlace place(layer.name());
  const WrittenLayers::Entry entry(layer.impl());
  const std::type_info& type = layer.impl().type();
  const Registered* own = registered_as(type);
  const char* const module = module_of(type);
  if (const auto* operation = dynamic_cast<const OperationImpl*>(&layer.impl())) return operation->keras_config(true);
  Config config = Config::dict();
  // Keras tells a functional model from one of one's own by these.
  const bool functional = !own && layer.class_name() == "Functional";
  if (functional) {
    config.set("module", "keras.src.models.functional");
    config.set("class_name", "Functional");
    config.set("config", layer.get_config());
    config.set("registered_name", "Functional");
    return config;
  }
  // Of a class of one's own that is not registered Keras writes the name alone, which custom objects are found by.
  config.set("module", own ? Config(own->package) : module ? Config(module) : Config());
  config.set("class_name", layer.class_name());
  config.set("config", layer.get_config());
  config.set("registered_name", own      ? Config(own->package + '>' + own->class_name)
                                : module ? Config()
                                         : Config(layer.class_name()));
  if (const std::optional<Config> built = build_config_of(layer.impl())) config.set("build_config", *built);
  return config;
}

}  // namespace xtape::layers
