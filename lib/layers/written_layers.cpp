#include <algorithm>
#include <cstddef>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/written_layers.hpp>
#include <xtape/layers/input_layer.hpp>

#include "layers/registered.hpp"

namespace xtape::layers {
namespace {

constinit thread_local WrittenLayers* innermost = nullptr;

}  // namespace

WrittenLayers::WrittenLayers() : around_(std::exchange(innermost, this)) {}

WrittenLayers::~WrittenLayers() { innermost = around_; }

WrittenLayers::Entry::Entry(const LayerImpl& layer) : notes_(InputLayer::is(layer) ? nullptr : innermost) {
  if (!notes_) return;
  if (!notes_->open_.empty()) notes_->pairs_.emplace(notes_->open_.back(), &layer);
  notes_->open_.push_back(&layer);
  const auto [known, is_new] = notes_->numbers_.try_emplace(&layer, notes_->places_.size());
  if (is_new) {
    notes_->places_.emplace_back();
    notes_->counts_.push_back(0);
    notes_->counts_with_state_.push_back(0);
    notes_->layers_.push_back(detail::Reference<LayerImpl>::share(const_cast<LayerImpl*>(&layer)));
  }
  ++notes_->counts_[known->second];
  is_again_ = !is_new;
  if (notes_->again_ == 0) {
    std::vector<LayerPlace>& places = notes_->places_[known->second];
    LayerPlace place = detail::ConfigPlace::names();
    // What is written twice in one model is one layer there by its name; a class of one's own may have it twice.
    const bool in_own = notes_->open_.size() > 1 && !is_of_the_library(notes_->open_.rbegin()[1]->type());
    if (in_own || std::find(places.begin(), places.end(), place) == places.end()) places.push_back(std::move(place));
  }
  if (is_again_) ++notes_->again_;
}

WrittenLayers::Entry::~Entry() {
  if (!notes_) return;
  notes_->open_.pop_back();
  if (is_again_) --notes_->again_;
}

WrittenLayers::Pause::Pause() : notes_(std::exchange(innermost, nullptr)) {}

WrittenLayers::Pause::~Pause() { innermost = notes_; }

void WrittenLayers::note_state(const LayerImpl& layer) {
  if (!innermost) return;
  const auto known = innermost->numbers_.find(&layer);
  if (known != innermost->numbers_.end()) ++innermost->counts_with_state_[known->second];
}

SharedLayers WrittenLayers::with_state(bool at_some_alone) const {
  SharedLayers shared;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const bool differs = counts_with_state_[i] > 0 && counts_with_state_[i] < counts_[i];
    if (places_[i].size() > 1 && differs == at_some_alone) shared.push_back(places_[i]);
  }
  return shared;
}

bool WrittenLayers::has_written(const LayerImpl& around, const LayerImpl& part) const {
  return pairs_.contains({&around, &part});
}

}  // namespace xtape::layers
