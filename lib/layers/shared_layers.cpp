#include <algorithm>
#include <cstddef>
#include <utility>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/shared_layers.hpp>
#include <xtape/error.hpp>

#include "layers/lone_output.hpp"

namespace xtape::layers {
namespace {

constinit thread_local SharedLayersScope* innermost = nullptr;

using detail::text_of;

bool are_alike(const Config& one, const Config& other);

// "Class" of "package>Class", as Keras's older format has both in one; and what that calls a class of its own.
std::string class_in(const Config& name) {
  std::string text = name.is_text() ? name.text() : name.str();
  text.erase(0, text.find('>') + 1);
  return text == "GroupedQueryAttention" ? "GroupQueryAttention" : text;
}

bool are_alike(const Config* one, const Config* other) { return one && other ? are_alike(*one, *other) : one == other; }

// What a class is, its options and its calls count, and not where it is found and what it was built for, which Keras's
// older format says of some layers alone.
bool are_objects_alike(const Config& one, const Config& other) {
  for (const char* name : {"config", "name", "inbound_nodes"}) {
    if (!are_alike(one.find(name), other.find(name))) return false;
  }
  return class_in(*one.find("class_name")) == class_in(*other.find("class_name"));
}

bool is_object(const Config& config) { return config.find("class_name") && config.find("config"); }

bool are_alike(const Config& one, const Config& other) {
  if (one.is_list() && other.is_list()) {
    const Config::List &a = one.list(), &b = other.list();
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Config& x, const Config& y) { return are_alike(x, y); });
  }
  if (!one.is_dict() || !other.is_dict()) return one == other;
  if (is_object(one) && is_object(other)) return are_objects_alike(one, other);
  const Config::Entries &a = one.entries(), &b = other.entries();
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Config::Entry& x, const Config::Entry& y) {
    return x.name == y.name && are_alike(x.value, y.value);
  });
}

// A layer without what the model around says of it, and a model whose only output stands alone.
Config alone(const Config& layer) {
  if (!layer.is_dict()) return layer;
  Config::Entries entries = with_lone_output(layer).entries();
  std::erase_if(entries, [](const Config::Entry& each) { return each.name == "name" || each.name == "inbound_nodes"; });
  return Config(std::move(entries));
}

}  // namespace

bool describe_one(const Config& one, const Config& other) { return are_alike(alone(one), alone(other)); }

SharedLayersScope::SharedLayersScope(const SharedLayers& layers)
    : shared_(layers.size()), around_(std::exchange(innermost, this)) {
  try {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (layers[i].size() < 2) throw FormatError("a layer that is shared: expected two places and more of one layer");
      shared_[i].written = layers[i].front();
      for (const LayerPlace& place : layers[i]) {
        // One at the same place twice is in a class of one's own.
        if (places_.try_emplace(place, Place{i}).first->second.shared == i) continue;
        throw FormatError("layers that are shared: \"" + text_of(place) + "\" is said to be two layers");
      }
    }
  } catch (...) {
    innermost = around_;
    throw;
  }
}

SharedLayersScope::~SharedLayersScope() { innermost = around_; }

LayerPlace SharedLayersScope::noted_place() const {
  LayerPlace place = detail::ConfigPlace::names();
  const auto around = std::find_if(making_.rbegin(), making_.rend(), [&](const Making& each) {
    return each.place.size() < place.size() && std::equal(each.place.begin(), each.place.end(), place.begin());
  });
  if (around == making_.rend()) return place;
  LayerPlace noted = around->written;
  noted.insert(noted.end(), place.begin() + static_cast<std::ptrdiff_t>(around->place.size()), place.end());
  return noted;
}

Layer SharedLayersScope::read(const Config& config, const std::function<Layer()>& make) {
  SharedLayersScope* const scope = innermost;
  if (!scope || scope->places_.empty()) return make();
  LayerPlace place = scope->noted_place();
  const auto known = scope->places_.find(place);
  if (known == scope->places_.end()) return make();
  known->second.is_read = true;
  Shared& shared = scope->shared_[known->second.shared];
  if (shared.place.empty()) {
    shared.place = std::move(place);
    shared.config = config;
    scope->making_.push_back({detail::ConfigPlace::names(), shared.written});
    try {
      shared.layer.emplace(make());
    } catch (...) {
      scope->making_.pop_back();
      throw;
    }
    scope->making_.pop_back();
    return *shared.layer;
  }
  if (!shared.layer) {
    throw FormatError("a layer that is shared is said to be in itself: \"" + text_of(place) + "\" in \"" +
                      text_of(shared.place) + '"');
  }
  if (!describe_one(shared.config, config)) {
    throw FormatError("a layer that is shared: \"" + text_of(shared.place) + "\" and \"" + text_of(place) +
                      "\" are said to be one layer, and are described as two that differ");
  }
  return *shared.layer;
}

void SharedLayersScope::check_all_read() const {
  for (const auto& [names, place] : places_) {
    if (!place.is_read) throw FormatError("layers that are shared: there is no layer \"" + text_of(names) + '"');
  }
}

SharedLayersScope::Pause::Pause() : scope_(std::exchange(innermost, nullptr)) {}

SharedLayersScope::Pause::~Pause() { innermost = scope_; }

}  // namespace xtape::layers
