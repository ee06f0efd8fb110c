#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <xtape/detail/call_scope.hpp>
#include <xtape/detail/construction_scope.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer_impl.hpp>

#include "layers/part_names.hpp"

// The layers in a layer.
namespace xtape::layers {
namespace {

// How many parts were taken out of layers: only that can make an answer of check_part_of wrong.
constinit std::atomic<uint64_t> removals = 0;
// How many parts were given a name by another layer that they came into.
constinit std::atomic<uint64_t> renames = 0;

}  // namespace

bool LayerImpl::reaches(const LayerImpl& layer) const {
  return this == &layer ||
         std::any_of(parts_.begin(), parts_.end(), [&](const auto& part) { return part->reaches(layer); });
}

namespace {

// How many layers lie in each other, this one being the first; those that are known are not gone through again.
int nesting_of(const LayerImpl& layer, std::unordered_map<const LayerImpl*, int>& known) {
  if (layer.parts().empty()) return 1;
  if (const auto found = known.find(&layer); found != known.end()) return found->second;
  int deepest = 0;
  for (const auto& part : layer.parts()) deepest = std::max(deepest, nesting_of(*part, known));
  return known[&layer] = deepest + 1;
}

}  // namespace

const LayerImpl* LayerImpl::part_called(const std::string& name) const {
  constexpr std::size_t few = 32;
  if (parts_.size() <= few) {
    const auto found =
        std::find_if(parts_.begin(), parts_.end(), [&](const auto& part) { return part->name_ == name; });
    return found == parts_.end() ? nullptr : found->get();
  }
  const uint64_t changes = removals.load(std::memory_order_relaxed) + renames.load(std::memory_order_relaxed);
  if (!part_names_) part_names_ = std::make_unique<PartNames>();
  if (part_names_->changes != changes) {
    part_names_->forget();
    part_names_->changes = changes;
  }
  for (std::size_t& i = part_names_->count; i < parts_.size(); ++i) {
    part_names_->parts.emplace(parts_[i]->name_, parts_[i].get());
  }
  const auto found = part_names_->parts.find(name);
  return found == part_names_->parts.end() ? nullptr : found->second;
}

void LayerImpl::check_part(const LayerImpl& layer, const std::string& name) const {
  // Calls go into each other as layers do, and the stack has an end.
  constexpr int most = 1000;
  std::unordered_map<const LayerImpl*, int> known;
  if (!layer.parts_.empty() && nesting_of(layer, known) >= most) {
    throw ValueError("more than " + std::to_string(most) + " layers lie in each other", name_);
  }
  if (layer.reaches(*this)) throw ValueError("a layer cannot be a part of itself: " + layer.name_, name_);
  const std::string& called = name.empty() || layer.has_own_name_ ? layer.name_ : name;
  // One layer may be in two places.
  const LayerImpl* const part = part_called(called);
  if (!part || part == &layer) return;
  throw ValueError("there is a layer \"" + called + "\" already, a " + part->class_name() +
                       "; layers of one layer need different names",
                   name_);
}

void LayerImpl::add_part(LayerImpl& layer, const std::string& name) {
  check_part(layer, name);
  if (!name.empty() && !layer.has_own_name_) {
    layer.name_ = name;
    layer.has_own_name_ = true;
    if (layer.is_part_) renames.fetch_add(1, std::memory_order_relaxed);
  }
  layer.is_part_ = true;
  ConstructionScope::note_part(layer);
  parts_.push_back(detail::Reference<LayerImpl>::share(&layer));
}

void LayerImpl::track_part(LayerImpl& layer, const std::string& name, const std::string& place) {
  if (!part_names_) part_names_ = std::make_unique<PartNames>();
  const bool is_list = place.ends_with('/');
  const auto known = part_names_->tracked.find(place);
  if (!is_list && known != part_names_->tracked.end() && known->second != layer.number_) {
    check_part(layer, name);
    throw ValueError("track: there is a layer that is tracked as \"" + place + "\" already", name_);
  }
  add_part(layer, name);
  if (!is_list) part_names_->tracked.emplace(place, layer.number_);
  part_names_->places[layer.number_].push_back(place);
}

std::optional<std::string> LayerImpl::place_of_part(std::size_t part) const {
  const LayerImpl& layer = *parts_[part];
  if (part_names_) {
    if (const auto tracked = part_names_->places.find(layer.number_); tracked != part_names_->places.end()) {
      const std::vector<std::string>& places = tracked->second;
      if (places.size() == 1) return places.front();
      const auto before = std::count(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(part), parts_[part]);
      return places[std::min(static_cast<std::size_t>(before), places.size() - 1)];
    }
    if (const auto kept = part_names_->kept.find(layer.number_); kept != part_names_->kept.end()) return kept->second;
  }
  return layer.has_own_name_ && !layer.may_have_automatic_name_ ? layer.name_ : std::string();
}

bool LayerImpl::has_place_by_name(std::size_t part) const {
  const LayerImpl& layer = *parts_[part];
  if (part_names_ && part_names_->places.contains(layer.number_)) return false;
  // Classes of the library have places of their own.
  return place_of_part(part) == LayerImpl::place_of_part(part);
}

void LayerImpl::keep_part_at(std::size_t part, const std::string& place) {
  if (!part_names_) part_names_ = std::make_unique<PartNames>();
  part_names_->kept[parts_[part]->number_] = place;
}

void LayerImpl::remove_last_part() {
  if (part_names_) part_names_->forget_place(parts_.back()->number_);
  parts_.pop_back();
  removals.fetch_add(1, std::memory_order_relaxed);
}

bool LayerImpl::was_part_of(const LayerImpl& around) const {
  return part_of_.load(std::memory_order_relaxed) == around.number_ &&
         removals_seen_.load(std::memory_order_relaxed) == removals.load(std::memory_order_relaxed);
}

void LayerImpl::check_part_of(LayerImpl& around) {
  if (around.reaches(*this)) {
    // Two threads may write answers of two layers around: both hold for the same number of removals.
    removals_seen_.store(removals.load(std::memory_order_relaxed), std::memory_order_relaxed);
    part_of_.store(around.number_, std::memory_order_relaxed);
  } else if (has_weights()) {
    throw_no_part_of(around);
  }
}

void LayerImpl::check_parts_in_calls() const {
  const LayerImpl* inner = this;
  for (const detail::CallFrame* call = detail::current_call; call && call->layer; call = call->around) {
    if (!call->layer->reaches(*inner)) inner->throw_no_part_of(*call->layer);
    inner = call->layer;
  }
}

void LayerImpl::throw_no_part_of(const LayerImpl& around) const {
  throw ValueError("is used here but is no part of " + around.name_ +
                   ": its weights would not be trained or saved; make it a member, or track(\"" + name_ +
                   "\", ...) it in the constructor");
}

}  // namespace xtape::layers
