#include <algorithm>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/detail/construction_scope.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/metrics/metric.hpp>

#include "core/fork_safe_mutex.hpp"

namespace xtape::layers {
namespace {

constinit thread_local ConstructionScope* current_scope = nullptr;

// In all threads.
constinit std::atomic<int> open_scopes = 0;

constinit std::atomic<uint64_t> numbers = 0;

struct Note {
  ConstructionScope* scope;
  uint64_t number;
};

// Handles and metrics that came into being in an open scope, and in which.
struct Notes {
  core::ForkSafeMutex mutex;
  std::map<const Layer*, Note> handles;
  std::vector<std::pair<metrics::MetricImpl*, ConstructionScope*>> metrics;
};

Notes& notes() {
  static Notes& notes = *new Notes;  // never destroyed: layers may be made until the end
  return notes;
}

}  // namespace

ConstructionScope::ConstructionScope(Purpose purpose)
    : around_(current_scope), purpose_(purpose), claimed_(purpose == Purpose::build), begin_(next_number()) {
  current_scope = this;
  open_scopes.fetch_add(1, std::memory_order_relaxed);
}

ConstructionScope::~ConstructionScope() {
  current_scope = around_;
  Notes& all = notes();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.handles, [this](const auto& note) { return note.second.scope == this; });
  std::erase_if(all.metrics, [this](const auto& note) { return note.second == this; });
  open_scopes.fetch_sub(1, std::memory_order_relaxed);
}

void ConstructionScope::claim() {
  if (!current_scope || current_scope->claimed_) {
    throw ValueError(
        "what a layer does (a LayerImpl) is made by its handle alone: write `using Scale = Handle<ScaleImpl>;`, and "
        "make a Scale");
  }
  current_scope->claimed_ = true;
  current_scope->begin_ = next_number();
}

void ConstructionScope::note(const Layer* handle, const Layer* source) noexcept {
  if (!current_scope) return;
  Notes& all = notes();
  const std::lock_guard lock(all.mutex);
  // A list that grows copies what it has: that stays as old as it was.
  const auto known = all.handles.find(source);
  const bool is_copy = known != all.handles.end() && known->second.scope == current_scope &&
                       known->second.number > current_scope->begin_;
  all.handles[handle] = {current_scope, is_copy ? known->second.number : next_number()};
}

// A handle may outlive the scope that it came into being in, or be one of another thread: whoever goes looks.
void ConstructionScope::strike(const Layer* handle) noexcept {
  if (open_scopes.load(std::memory_order_relaxed) == 0) return;
  Notes& all = notes();
  const std::lock_guard lock(all.mutex);
  all.handles.erase(handle);
}

void ConstructionScope::note_part(const LayerImpl& part) {
  if (current_scope) current_scope->added_.try_emplace(&part, next_number());
}

uint64_t ConstructionScope::next_number() noexcept { return numbers.fetch_add(1, std::memory_order_relaxed) + 1; }

void ConstructionScope::note(metrics::MetricImpl* metric) {
  if (!current_scope) return;
  Notes& all = notes();
  const std::lock_guard lock(all.mutex);
  all.metrics.emplace_back(metric, current_scope);
}

void ConstructionScope::strike(const metrics::MetricImpl* metric) noexcept {
  if (open_scopes.load(std::memory_order_relaxed) == 0) return;
  Notes& all = notes();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.metrics, [metric](const auto& note) { return note.first == metric; });
}

void ConstructionScope::finish(LayerImpl& layer) {
  if (layer.name_.empty()) layer.name_ = detail::unique_name(detail::to_snake_case(layer.class_name()));
  std::vector<LayerImpl*> found;
  std::unordered_map<const LayerImpl*, uint64_t> came = added_;
  {
    Notes& all = notes();
    const std::lock_guard lock(all.mutex);
    for (const auto& [handle, note] : all.handles) {
      if (note.scope != this) continue;
      LayerImpl& impl = handle->impl();
      found.push_back(&impl);
      uint64_t& number = came.try_emplace(&impl, note.number).first->second;
      number = std::min(number, note.number);
    }
    for (const auto& [metric, scope] : all.metrics) {
      if (scope == this) layer.metrics_.push_back(metric->weak_from_this());
    }
  }
  const auto order_of = [&](const LayerImpl* part) {
    if (part->number_ > begin_) return part->number_;
    const auto known = came.find(part);
    return known == came.end() ? part->number_ : known->second;
  };
  const auto comes_first = [&](const LayerImpl* a, const LayerImpl* b) { return order_of(a) < order_of(b); };
  std::sort(found.begin(), found.end(), comes_first);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  // What is a part, or a part of another one that is found, is in its place.
  const auto has_place = [&](const LayerImpl* candidate) {
    const auto holds = [&](const LayerImpl* other) { return other != candidate && other->reaches(*candidate); };
    return std::any_of(found.begin(), found.end(), holds) ||
           std::any_of(layer.parts_.begin(), layer.parts_.end(),
                       [&](const auto& part) { return part->reaches(*candidate); });
  };
  const std::size_t before = layer.parts_.size();
  for (LayerImpl* candidate : found) {
    if (!has_place(candidate)) layer.add_part(*candidate);
  }
  // As set_trainable would.
  if (!layer.trainable_) {
    const auto first = layer.parts_.begin() + static_cast<std::ptrdiff_t>(purpose_ == Purpose::build ? before : 0);
    std::for_each(first, layer.parts_.end(), [](const auto& part) { part->set_trainable(false); });
  }
  // The order of the parts that were there is the layer's own affair, also where it has added all.
  if (purpose_ == Purpose::build || layer.parts_.size() == before) return;
  // What was tracked before comes in its place.
  std::stable_sort(layer.parts_.begin(), layer.parts_.end(),
                   [&](const auto& a, const auto& b) { return comes_first(a.get(), b.get()); });
}

}  // namespace xtape::layers
