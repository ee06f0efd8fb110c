#include "saving/feature_notes.hpp"

#include <algorithm>
#include <optional>

#include "saving/feature_layers.hpp"

namespace xtape::saving {

using layers::LayerImpl;

namespace {

FeatureRuns several_orders() { return {{.length = FeatureRun::several, .factors = std::nullopt, .is_sure = false}}; }

}  // namespace

void FeatureNotes::note(Runs& all, const LayerImpl& layer, const FeatureRuns& runs) {
  const auto [known, is_new] = all.try_emplace(&with_weights(layer), runs);
  if (is_new || known->second == runs || (is_plain(known->second) && is_plain(runs))) return;
  FeatureRuns less_sure = runs;
  for (std::size_t i = 0; i < runs.size() && i < known->second.size(); ++i) {
    less_sure[i].is_sure = known->second[i].is_sure = runs[i].is_sure && known->second[i].is_sure;
  }
  if (known->second != less_sure) known->second = several_orders();
}

void FeatureNotes::note_taken(const LayerImpl& layer, const All& inputs) {
  FeatureRuns taken = inputs[0].features;
  std::vector<const LayerImpl*>& makers = takes_from_[&with_weights(layer)];
  for (const TensorAxes& input : inputs) {
    add_new(makers, input.makers);
    if (input.features != taken && !(is_plain(input.features) && is_plain(taken))) taken = several_orders();
  }
  const bool is_of_steps =
      !takes_steps_alike(layer, layer.class_name()) && std::any_of(inputs.begin(), inputs.end(), has_mixed_steps);
  note_input(layer, is_of_steps ? mixed_steps() : taken);
}

void FeatureNotes::note_fixed(const LayerImpl& layer, int64_t features, const std::string& what) {
  const auto is_it = [&](const FixedOrder& each) { return each.layer == &layer; };
  if (std::none_of(fixed_.begin(), fixed_.end(), is_it)) fixed_.push_back({&layer, features, what});
}

void FeatureNotes::note_output(const TensorAxes& output, std::size_t index) {
  if (is_plain(output.features)) {
    if (!has_mixed_steps(output)) add_new(handed_out_, output.makers);
  } else if (std::any_of(output.features.begin(), output.features.end(),
                         [](const FeatureRun& run) { return run.factors && is_mixed(*run.factors); })) {
    outputs_of_model_.emplace_back(index, output.features);
  }
}

std::size_t FeatureNotes::add_places(MadePlaces made) {
  made_.push_back(std::move(made));
  return made_.size() - 1;
}

void FeatureNotes::take_as_images(const All& inputs) {
  for (const TensorAxes& input : inputs) {
    for (const std::size_t i : input.made) {
      const bool is_as_made = input.front.size() == made_[i].places && !input.is_permuted;
      (is_as_made ? made_[i].is_taken : made_[i].is_disputed) = true;
    }
  }
}

void FeatureNotes::take_otherwise(const All& inputs) {
  for (const TensorAxes& input : inputs) {
    for (const std::size_t i : input.made) made_[i].is_disputed = true;
  }
}

FeatureOrder FeatureNotes::result() {
  FeatureOrder order;
  order.fixed = std::move(fixed_);
  order.outputs_of_model = std::move(outputs_of_model_);
  for (const MadePlaces& made : made_) {
    FeatureRun run = made.run;
    run.is_sure = made.can_be_sure && made.is_taken && !made.is_disputed;
    for (const LayerImpl* maker : made.makers) note_made(*maker, {run});
  }
  // What is handed out as it is, and moved for another branch too.
  for (const LayerImpl* maker : handed_out_) {
    const auto found = outputs_.find(maker);
    if (found == outputs_.end()) continue;
    for (FeatureRun& run : found->second) run.is_sure = run.is_sure && run.is_plain();
  }
  for (auto& [layer, runs] : inputs_) {
    // One that takes what is put in order for another one.
    const std::vector<const LayerImpl*>& makers = takes_from_[layer];
    const bool is_moved =
        std::any_of(makers.begin(), makers.end(), [&](const LayerImpl* maker) { return outputs_.contains(maker); });
    if (is_plain(runs) && is_moved) {
      runs = {{.length = length_of(runs), .factors = std::nullopt, .is_sure = false}};
    }
    if (!is_plain(runs)) order.inputs.emplace(layer, std::move(runs));
  }
  order.outputs = std::move(outputs_);
  return order;
}

}  // namespace xtape::saving
