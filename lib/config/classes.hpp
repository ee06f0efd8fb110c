#pragma once

#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/utils/configurable.hpp>

// Tables of the library's classes of one kind, by which they are found, written and read.
namespace xtape::config {

template <class Handle>
struct Class {
  // Keras's. A snake case of it is a name too.
  std::string_view class_name;
  // With the defaults, and as a config says.
  Handle (*make)();
  Handle (*read)(const Config& options, const std::string& class_name);
  // Other names, or empty.
  std::string_view alias = {}, other_alias = {};
};

// A class that is made of `Options`, the fields of which are all that it is made with.
template <class Handle, class Made, class Options>
constexpr Class<Handle> class_of(std::string_view class_name, std::string_view alias = {},
                                 std::string_view other_alias = {}) {
  return {
      class_name, [] { return Handle(Made()); },
      [](const Config& options, const std::string& name) { return Handle(Made(read_fields<Options>(options, name))); },
      alias, other_alias};
}

// The class of that name, in any of its forms. @throws ValueError for an unknown one, with the nearest ones.
template <class Table>
const auto& find_class(const Table& table, const char* kind, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& each : table) {
    const std::string snake_case = detail::to_snake_case(each.class_name);
    if (name == each.class_name || name == snake_case) return each;
    for (const std::string_view alias : {each.alias, each.other_alias}) {
      if (alias.empty()) continue;
      if (name == alias) return each;
      if (alias != snake_case) known.emplace_back(alias);
    }
    known.push_back(snake_case);
  }
  detail::throw_unknown_name(kind, name, known);
}

// {"module": "keras.optimizers", "class_name": "Adam", "config": {...}, "registered_name": null}, or null for nothing.
// A class of one's own has no module, and its name as the registered one.
inline Config serialize(const Configurable* object, const char* module) {
  if (!object) return {};
  Config config = Config::dict();
  // The namespace decides: "N5xtape6losses..." is the library's.
  const bool is_own = !std::string_view(typeid(*object).name()).starts_with("N5xtape");
  config.set("module", is_own ? Config() : Config(module));
  config.set("class_name", object->class_name());
  config.set("config", object->get_config());
  config.set("registered_name", is_own ? Config(object->class_name()) : Config());
  return config;
}

// What serialize gives, a name, or null. Modules are not looked at: releases and backends of Keras write several.
template <class Handle, class Table>
Handle deserialize(const Table& table, const char* kind, const Config& config) {
  if (config.is_null()) return {};
  if (config.is_text()) return config.text();
  if (!config.is_dict() || !config.find("class_name") || !config.find("config")) {
    throw ValueError("expected a name, null, or class_name and config, given " + config.str());
  }
  const std::string& class_name = config.at("class_name").text();
  return find_class(table, kind, class_name).read(config.at("config"), class_name);
}

}  // namespace xtape::config
