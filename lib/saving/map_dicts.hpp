#pragma once

#include <utility>
#include <xtape/config.hpp>

namespace xtape::saving {

// The configuration with `change`, a function of a dict, made to each dict in it, inner ones first.
template <class Change>
Config map_dicts(const Config& config, const Change& change) {
  if (config.is_list()) {
    Config::List list;
    for (const Config& each : config.list()) list.push_back(map_dicts(each, change));
    return list;
  }
  if (!config.is_dict()) return config;
  Config::Entries named;
  for (const Config::Entry& entry : config.entries()) named.push_back({entry.name, map_dicts(entry.value, change)});
  return change(Config(std::move(named)));
}

}  // namespace xtape::saving
