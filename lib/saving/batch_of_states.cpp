#include "saving/batch_of_states.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <xtape/detail/kept_states.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/keepers.hpp"
#include "saving/map_dicts.hpp"

namespace xtape::saving {
namespace {

bool begins_with_number(const Config* shape) {
  return shape && shape->is_list() && !shape->list().empty() && shape->list().front().is_number();
}

// What the first of a model's inputs says, where some layer keeps states.
std::optional<int64_t> said_by_inputs(const Config& config) {
  bool keeps_states = false;
  std::optional<int64_t> samples;
  map_dicts(config, [&](Config dict) {
    if (const Config* stateful = dict.find("stateful")) keeps_states = keeps_states || *stateful == Config(true);
    if (const Config* shape = dict.find("batch_shape"); !samples && begins_with_number(shape)) {
      samples = shape->list().front().integer();
    }
    return dict;
  });
  return keeps_states ? samples : std::nullopt;
}

std::optional<int64_t> samples_of(const Config& config, const models::Model& model) {
  const auto keepers = keepers_in<layers::KeepsStates>(model.impl());
  if (keepers.empty()) return std::nullopt;
  for (const auto& keeper : keepers) {
    if (!keeper.layer->kept_states().empty()) return keeper.layer->kept_states().front().shape(0);
  }
  return said_by_inputs(config);
}

// A shape, or shapes in lists and dicts.
Config with_samples(const Config& shapes, int64_t samples) {
  if (shapes.is_dict()) {
    Config::Entries named;
    for (const Config::Entry& each : shapes.entries()) named.push_back({each.name, with_samples(each.value, samples)});
    return Config(std::move(named));
  }
  if (!shapes.is_list()) return shapes;
  Config::List list = shapes.list();
  const bool is_shape = std::none_of(list.begin(), list.end(), [](const Config& each) { return each.is_list(); });
  if (is_shape && !list.empty() && list.front().is_null()) {
    list.front() = samples;
  } else if (!is_shape) {
    for (Config& each : list) each = with_samples(each, samples);
  }
  return list;
}

}  // namespace

Config with_batch_of_states(const Config& config, const models::Model& model) {
  const std::optional<int64_t> samples = samples_of(config, model);
  if (!samples) return config;
  return map_dicts(config, [&](Config dict) {
    for (const char* const name : {"batch_shape", "build_config"}) {
      if (const Config* const shapes = dict.find(name)) dict.set(name, with_samples(*shapes, *samples));
    }
    return dict;
  });
}

}  // namespace xtape::saving
