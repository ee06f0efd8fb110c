#pragma once

#include <cstdint>
#include <unordered_map>
#include <xtape/export.hpp>

namespace xtape::metrics {
class MetricImpl;
}

namespace xtape::layers {

class Layer;
class LayerImpl;

/// While a layer is constructed, or builds its weights, by this thread: notes which layer handles and metrics come into
/// being, and makes the layers of those that are alive at the end its parts, and the metrics its own. Scopes nest; a
/// handle belongs to the innermost one.
///
/// Parts come in the order in which they came into the layer: when they were made, or, if that was before, when a
/// handle of theirs or the list that was tracked came into being. So arguments of a constructor, which compilers
/// evaluate as they like, have the order of the members that keep them.
///
/// What is noted are addresses, in one list for all threads, since a handle may be destroyed by another one while the
/// scope lasts. Nothing is noted, and nothing looked up, where no scope is open.
class XTAPE_API ConstructionScope {
 public:
  enum class Purpose { construct, build };
  explicit ConstructionScope(Purpose purpose);
  ~ConstructionScope();
  ConstructionScope(const ConstructionScope&) = delete;
  ConstructionScope& operator=(const ConstructionScope&) = delete;

  /// Gives the layer its parts and metrics, and a name if it has none. @throws ValueError if two of them have one name.
  void finish(LayerImpl& layer);

  /// For handles: they come into being, of another one or null, and go.
  static void note(const Layer* handle, const Layer* source) noexcept;
  static void strike(const Layer* handle) noexcept;
  /// For parts that are added by name, of which there may be no handle.
  static void note_part(const LayerImpl& part);
  /// The next of the numbers by which layers and handles are ordered.
  static uint64_t next_number() noexcept;
  /// For metrics: they come into being, and go.
  static void note(metrics::MetricImpl* metric);
  static void strike(const metrics::MetricImpl* metric) noexcept;
  /// For the base of what is constructed. @throws ValueError unless a handle makes it.
  static void claim();

 private:
  ConstructionScope* const around_;
  const Purpose purpose_;
  bool claimed_;
  // What is older was there before the layer.
  uint64_t begin_;
  // When parts were added by name.
  std::unordered_map<const LayerImpl*, uint64_t> added_;
};

}  // namespace xtape::layers
