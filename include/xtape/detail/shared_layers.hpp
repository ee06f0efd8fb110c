#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/export.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

/// Where a layer stands in a configuration: the names of those around it, the outermost first, and its own.
using LayerPlace = std::vector<std::string>;
/// The layers that stand at several places, each by these.
using SharedLayers = std::vector<std::vector<LayerPlace>>;

/// While it lives, what is read in this thread at these places is one layer each.
class XTAPE_API SharedLayersScope {
 public:
  /// @throws FormatError for one place of two layers, and layers at fewer than two places.
  explicit SharedLayersScope(const SharedLayers& layers);
  ~SharedLayersScope();
  SharedLayersScope(const SharedLayersScope&) = delete;
  SharedLayersScope& operator=(const SharedLayersScope&) = delete;

  /// The layer at the current detail::ConfigPlace: what `make` makes of the configuration, or what was made at another
  /// place of the same layer. @throws FormatError if another layer is described there, or one in itself.
  static Layer read(const Config& config, const std::function<Layer()>& make);
  /// @throws FormatError for places at which nothing was read.
  void check_all_read() const;

  /// Nothing is one layer while it lives: a copy is made of what is read.
  class XTAPE_API Pause {
   public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    SharedLayersScope* const scope_;
  };

 private:
  struct Shared {
    /// Where it was written first: what is in it is noted by that place.
    LayerPlace written = {};
    /// Where it was, or is, made first.
    LayerPlace place = {};
    Config config = {};
    std::optional<Layer> layer = std::nullopt;
  };
  struct Place {
    std::size_t shared;
    bool is_read = false;
  };

  /// A layer that is made now, at a place that may be another one than where it was written first.
  struct Making {
    LayerPlace place;
    const LayerPlace& written;
  };

  /// The current place as it is noted.
  LayerPlace noted_place() const;

  std::vector<Shared> shared_;
  std::map<LayerPlace, Place> places_;
  std::vector<Making> making_;
  SharedLayersScope* const around_;
};

/// Whether two configurations, of layers or models, describe one layer: what differs by the layer or model around it
/// does not count.
XTAPE_API bool describe_one(const Config& one, const Config& other);

}  // namespace xtape::layers
