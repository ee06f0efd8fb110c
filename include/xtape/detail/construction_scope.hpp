#pragma once

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

  /// For handles: they come into being, and go.
  static void note(const Layer* handle) noexcept;
  static void strike(const Layer* handle) noexcept;
  /// For metrics: they come into being, and go.
  static void note(metrics::MetricImpl* metric);
  static void strike(const metrics::MetricImpl* metric) noexcept;
  /// For the base of what is constructed. @throws ValueError unless a handle makes it.
  static void claim();

 private:
  ConstructionScope* const around_;
  const Purpose purpose_;
  bool claimed_;
};

}  // namespace xtape::layers
