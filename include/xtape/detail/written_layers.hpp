#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/detail/reference.hpp>
#include <xtape/detail/shared_layers.hpp>
#include <xtape/export.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

/// Notes, while it lives, which layers are written in this thread, and where: a configuration itself does not say that
/// one layer stands at several places.
class XTAPE_API WrittenLayers {
 public:
  WrittenLayers();
  ~WrittenLayers();
  WrittenLayers(const WrittenLayers&) = delete;
  WrittenLayers& operator=(const WrittenLayers&) = delete;

  /// The layer that is written while it lives, at the current detail::ConfigPlace.
  class XTAPE_API Entry {
   public:
    explicit Entry(const LayerImpl& layer);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    WrittenLayers* const notes_;
    bool is_again_ = false;
  };

  /// Nothing is noted while it lives: what reads the configuration makes a copy of what it says.
  class XTAPE_API Pause {
   public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    WrittenLayers* const notes_;
  };

  /// That the layer, which was written last at this place, is written as one that returns its state, which calls ask
  /// for.
  static void note_state(const LayerImpl& layer);

  /// The layers that stand at several places, each with these in the order in which they are written; of one in another
  /// one that stands at several places itself, only what lies elsewhere. Inputs, of which models may share any, are
  /// none.
  SharedLayers shared() const { return with_state(false); }
  /// Those at several places that return their state at some of them alone: they are described as two layers.
  SharedLayers of_two_kinds() const { return with_state(true); }
  /// Whether the part is written in the configuration of the layer that has it, rather than made by that.
  bool has_written(const LayerImpl& around, const LayerImpl& part) const;

 private:
  SharedLayers with_state(bool at_some_alone) const;

  std::unordered_map<const LayerImpl*, std::size_t> numbers_;
  SharedLayers places_;
  /// How often each is written, and how often as one that returns its state.
  std::vector<std::size_t> counts_, counts_with_state_;
  /// No other layer is at the address of one of them.
  std::vector<detail::Reference<LayerImpl>> layers_;
  std::set<std::pair<const LayerImpl*, const LayerImpl*>> pairs_;
  std::vector<const LayerImpl*> open_;
  /// How many of the open ones were written before.
  std::size_t again_ = 0;
  WrittenLayers* const around_;
};

}  // namespace xtape::layers
