#include <cmath>
#include <nlohmann/json.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>

// Apart from parse_json, which a program that reads no files does without.
namespace xtape {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Config& config) {
  if (config.is_null()) return nullptr;
  if (config.is_bool()) return config.boolean();
  if (config.is_integer()) return config.integer();
  if (config.is_number()) {
    if (!std::isfinite(config.number())) throw ValueError("JSON has no number for NaN and infinities");
    return config.number();
  }
  if (config.is_text()) return config.text();
  if (config.is_list()) {
    Json list = Json::array();
    for (const Config& each : config.list()) list.push_back(json_of(each));
    return list;
  }
  Json object = Json::object();
  for (const Config::Entry& entry : config.entries()) object[entry.name] = json_of(entry.value);
  return object;
}

}  // namespace

std::string to_json(const Config& config, int indent) {
  return json_of(config).dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace xtape
