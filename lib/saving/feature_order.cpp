#include "saving/feature_order.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>
#include <xtape/layers/symbol.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/einsum_kernel.hpp"
#include "saving/feature_layers.hpp"
#include "saving/feature_notes.hpp"
#include "saving/features_inside.hpp"

namespace xtape::saving {
namespace {

using layers::LayerImpl;

class Scan {
 public:
  explicit Scan(LayerImpl& model) {
    const All results = call(model, {}, {});
    for (std::size_t i = 0; i < results.size(); ++i) notes_.note_output(results[i], i);
  }

  FeatureOrder result() { return notes_.result(); }

 private:
  using All = FeatureNotes::All;

  // The axes of what a call of the layer returns.
  All call(LayerImpl& layer, const All& inputs, const std::vector<Shape>& shapes) {
    auto* const model = dynamic_cast<models::ModelImpl*>(&layer);
    const std::string kind = layer.class_name();
    if (kind == "Sequential" && layer.built()) return {call_in_turn(layer, inputs)};
    if (model && model->has_graph()) return call_graph(*model, inputs);
    if (inputs.empty()) look_inside(layer, inputs);
    All results;
    for (const Shape& shape : shapes) {
      results.push_back(inputs.empty() ? fresh_axes(shape, 0) : call_one(layer, kind, inputs, shape));
    }
    return results;
  }

  TensorAxes call_in_turn(LayerImpl& model, const All& inputs) {
    Shape shape = model.build_shape();
    TensorAxes axes = inputs.size() == 1 ? inputs[0] : fresh_axes(shape, shape.rank() - 2);
    for (const auto& part : model.parts()) {
      shape = part->compute_output_shape(shape);
      axes = call(*part, {axes}, {shape})[0];
    }
    return axes;
  }

  All call_graph(models::ModelImpl& model, const All& inputs) {
    std::unordered_map<const layers::SymbolicCall*, All> known;
    const std::vector<Symbol> given = model.inputs();
    for (std::size_t i = 0; i < given.size(); ++i) {
      const Shape& shape = given[i].shape();
      known[&given[i].node()] = {inputs.size() == given.size() ? inputs[i] : fresh_axes(shape, shape.rank() - 2)};
    }
    All results;
    for (const Symbol& output : model.outputs()) {
      for (const layers::SymbolicCall* each : in_order(output.node(), known)) {
        All arguments;
        for (const Symbol& input : each->arguments().inputs) {
          arguments.push_back(known.at(&input.node())[input.index()]);
        }
        known[each] = call(each->layer(), arguments, each->output_shapes());
      }
      results.push_back(known.at(&output.node())[output.index()]);
    }
    return results;
  }

  // The calls up to that one that are not known yet.
  static std::vector<const layers::SymbolicCall*> in_order(
      const layers::SymbolicCall& last, const std::unordered_map<const layers::SymbolicCall*, All>& known) {
    std::vector<const layers::SymbolicCall*> result, open{&last};
    std::unordered_set<const layers::SymbolicCall*> entered, left;
    while (!open.empty()) {
      const layers::SymbolicCall* const call = open.back();
      if (known.contains(call) || left.contains(call)) {
        open.pop_back();
      } else if (entered.insert(call).second) {
        for (const Symbol& input : call->all_inputs()) open.push_back(&input.node());
      } else {
        left.insert(call);
        result.push_back(call);
        open.pop_back();
      }
    }
    return result;
  }

  TensorAxes call_one(LayerImpl& layer, const std::string& kind, const All& inputs, const Shape& shape) {
    const TensorAxes& axes = inputs[0];
    if (kind == "InputLayer") return axes;
    if (kind == "TimeDistributed") return call_on_steps(layer, axes, shape);
    if (kind == "Flatten" || kind == "Reshape") {
      notes_.take_otherwise(inputs);
      return reshape(axes, shape);
    }
    if (kind == "Permute") {
      notes_.take_otherwise(inputs);
      return permute(layer, axes, shape);
    }
    if (kind == "RepeatVector") {
      TensorAxes result = axes;
      result.front.insert(result.front.begin(), fresh_axes(shape, 0).front[0]);
      result.places = 0;
      return result;
    }
    if (kind == "Concatenate") return concatenate(inputs, shape);
    if (merges_elements(layer, kind)) return merge(inputs, shape);
    if (keeps_elements(layer, kind)) return keep(layer, kind, axes);
    if (changes_places(kind)) return change_places(layer, kind, inputs, shape);
    if (makes_features(layer)) return make_features(layer, kind, inputs, shape);
    return behind_unknown(&layer, kind, inputs, shape);
  }

  TensorAxes change_places(const LayerImpl& layer, const std::string& kind, const All& inputs, const Shape& shape) {
    notes_.take_as_images(inputs);
    if (has_mixed_steps(inputs[0]) && !pools_all(kind)) {
      notes_.note_fixed(layer, length_of(inputs[0].features), "steps that are elements of an image");
    }
    TensorAxes result = pooled_axes(inputs[0], shape);
    result.is_image = true;
    return result;
  }

  // `layer`: null for one that was looked at already.
  TensorAxes behind_unknown(LayerImpl* layer, const std::string& kind, const All& inputs, const Shape& shape) {
    notes_.take_otherwise(inputs);
    TensorAxes result = axes_behind_unknown(inputs, shape);
    for (const TensorAxes& input : inputs) {
      if (kind == "Matmul" || !may_make_places(input, result)) continue;
      const FeatureRun run{.length = length_of(input.features), .factors = std::nullopt, .is_sure = false};
      for (const LayerImpl* maker : input.makers) {
        notes_.note_made(*maker, {run});
        std::erase(result.makers, maker);
      }
    }
    if (!layer) return result;
    if (is_container(*layer)) {
      look_inside(*layer, inputs);
      if (!layer->weights().empty()) gather_makers(*layer, last_length(shape), result.makers);
    } else if (!layer->own_weights().empty()) {
      // How its weights lie is not known.
      All taken = inputs;
      for (TensorAxes& input : taken) {
        for (FeatureRun& run : input.features) run.is_sure = run.is_sure && run.is_plain();
      }
      notes_.note_taken(*layer, taken);
      if (!result.features.empty()) result.makers.push_back(layer);
    }
    return result;
  }

  // Whether a layer that is not known may have made places of features.
  static bool may_make_places(const TensorAxes& input, const TensorAxes& result) {
    if (result.front.size() < input.front.size() || length_of(input.features) == length_of(result.features)) {
      return false;
    }
    std::vector<int64_t> before = lengths_of(input), after = lengths_of(result);
    if (std::equal(before.begin(), before.end() - 1, after.begin(), after.end() - 1)) return false;
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    // A transposition.
    return before != after;
  }

  static std::vector<int64_t> lengths_of(const TensorAxes& axes) {
    std::vector<int64_t> lengths;
    for (const Factors& axis : axes.front) {
      int64_t length = 1;
      for (const Factor& factor : axis) length *= factor.length;
      lengths.push_back(length);
    }
    lengths.push_back(length_of(axes.features));
    return lengths;
  }

  TensorAxes keep(const LayerImpl& layer, const std::string& kind, TensorAxes axes) {
    const std::vector<layers::Variable> weights = layer.own_weights();
    if (!weights.empty()) {
      const bool is_of_steps = has_mixed_steps(axes) && makes_features(layer);
      notes_.note_input(layer, is_of_steps ? FeatureNotes::mixed_steps() : axes.features);
      axes.makers.push_back(&layer);
    } else if (kind == "GroupNormalization" && !is_plain(axes.features)) {
      const int64_t groups = layer.get_config().at("groups").integer(), features = length_of(axes.features);
      if (groups > 1 && groups < features)
        notes_.note_fixed(layer, features, "groups of what images were flattened to");
    }
    // PyTorch's normalizes the last axis: where it stands, channels are last there, or were put there for it.
    const bool is_over_last = kind == "RMSNormalization" ||
                              (kind == "LayerNormalization" && !weights.empty() && weights[0].value.rank() == 1);
    if (is_over_last && axes.front.size() > 1) {
      notes_.take_otherwise({axes});
      axes.places = 0;
    }
    return axes;
  }

  TensorAxes make_features(LayerImpl& layer, const std::string& kind, const All& inputs, const Shape& shape) {
    const bool has_parts = is_container(layer);
    if (kind != "Embedding" && !(has_parts && layer.own_weights().empty())) notes_.note_taken(layer, inputs);
    TensorAxes result = fresh_axes(shape, is_convolution(kind) ? shape.rank() - 2 : 0);
    result.is_image = is_convolution(kind);
    if (result.is_image) {
      notes_.take_as_images(inputs);
    } else {
      notes_.take_otherwise(inputs);
    }
    const bool are_same_steps = takes_steps_alike(layer, kind) && result.front.size() == inputs[0].front.size();
    if (are_same_steps && has_mixed_steps(inputs[0])) result.front = inputs[0].front;
    if (has_parts) {
      look_inside(layer, inputs);
      gather_makers(layer, last_length(shape), result.makers);
      result.knows_makers = false;
    } else if (kind != "EinsumDense" || einsum_kernel(layer).is_over_last) {
      result.makers = {&with_weights(layer)};
    }
    return result;
  }

  // Layers in one whose calls are not known that may make what it returns.
  static void gather_makers(const LayerImpl& layer, int64_t length, std::vector<const LayerImpl*>& makers) {
    const std::vector<layers::Variable> weights = layer.own_weights();
    if (!weights.empty() && weights[0].value.rank() > 0 && weights[0].value.shape().back() == length) {
      makers.push_back(&layer);
    }
    for (const auto& part : layer.parts()) gather_makers(*part, length, makers);
  }

  TensorAxes call_on_steps(LayerImpl& layer, const TensorAxes& axes, const Shape& shape) {
    LayerImpl& inner = *layer.parts()[0];
    TensorAxes step = axes;
    step.front.erase(step.front.begin());
    step.places = std::min(axes.places, static_cast<int>(step.front.size()));
    Shape step_shape = shape;
    step_shape.erase(1);
    TensorAxes result = call(inner, {step}, {step_shape})[0];
    // Steps come before all places.
    const auto move_on = [](Factors& factors) {
      for (Factor& factor : factors) factor.place += factor.place == Factor::channels ? 0 : 1;
    };
    for (Factors& factors : result.front) move_on(factors);
    for (FeatureRun& run : result.features) {
      if (run.factors) move_on(*run.factors);
    }
    Factors steps = axes.front[0];
    for (Factor& factor : steps) factor.place = factor.place == Factor::channels ? factor.place : 0;
    result.front.insert(result.front.begin(), std::move(steps));
    return result;
  }

  TensorAxes permute(LayerImpl& layer, const TensorAxes& axes, const Shape& shape) {
    std::vector<int> dims;
    const Config config = layer.get_config();
    for (const Config& dim : config.at("dims").list()) dims.push_back(static_cast<int>(dim.integer()));
    TensorAxes result = permuted_axes(axes, dims);
    if (result.features.size() == 1 && !result.features[0].factors) {
      const std::vector<const LayerImpl*> makers = std::move(result.makers);
      result = unknown_axes(shape);
      result.makers = makers;
      result.is_permuted = true;
    }
    return result;
  }

  TensorAxes concatenate(const All& inputs, const Shape& shape) {
    if (inputs.size() == 1) return inputs[0];
    const bool is_along_last = length_of(inputs[0].features) != last_length(shape);
    if (is_along_last) return joined_axes(inputs, shape);
    const bool are_alike = std::all_of(inputs.begin(), inputs.end(),
                                       [&](const TensorAxes& input) { return input.features == inputs[0].features; });
    if (!are_alike) return behind_unknown(nullptr, "Concatenate", inputs, shape);
    TensorAxes result = pooled_axes(inputs[0], shape);
    result.places = std::min(result.places, inputs[0].places);
    for (const TensorAxes& input : inputs) {
      result.is_image = result.is_image || input.is_image;
      add_new(result.made, input.made);
      add_new(result.makers, input.makers);
      result.knows_makers = result.knows_makers && input.knows_makers;
    }
    if (has_mixed_steps(inputs[0]) && result.front.size() == inputs[0].front.size()) result.front = inputs[0].front;
    return result;
  }

  // Elements meet: all have to be in the same order, those that a layer makes in that of an image that they are added
  // to.
  TensorAxes merge(const All& inputs, const Shape& shape) {
    TensorAxes merged = inputs[0];
    const FeatureRuns* image = nullptr;
    bool is_one_image = true;
    for (const TensorAxes& input : inputs) {
      if (input.front.size() > merged.front.size()) merged = input;
      if (length_of(input.features) != last_length(shape) || is_plain(input.features)) continue;
      is_one_image = is_one_image && (!image || *image == input.features);
      image = &input.features;
    }
    if (length_of(merged.features) != last_length(shape)) return behind_unknown(nullptr, "Add", inputs, shape);
    if (image) merged.features = *image;
    if (!is_one_image) merged.features = unknown_axes(shape).features;
    merged.makers.clear();
    for (const TensorAxes& input : inputs) {
      merged.is_permuted = merged.is_permuted || input.is_permuted;
      if (input.front.size() == merged.front.size()) {
        merged.places = std::min(merged.places, input.places);
        merged.is_image = merged.is_image || input.is_image;
        if (!has_mixed_steps(merged) && has_mixed_steps(input)) merged.front = input.front;
      }
      add_new(merged.made, input.made);
      add_new(merged.makers, input.makers);
      if (length_of(input.features) != last_length(shape)) continue;
      // What comes from outside is in the order of whoever gives it.
      merged.knows_makers = merged.knows_makers && input.knows_makers && !input.makers.empty();
      if (!image || !is_plain(input.features)) continue;
      if (!input.knows_makers || input.makers.empty()) {
        for (FeatureRun& run : merged.features) run.is_sure = false;
      }
      for (const LayerImpl* maker : input.makers) notes_.note_made(*maker, merged.features);
    }
    return merged;
  }

  TensorAxes reshape(const TensorAxes& axes, const Shape& shape) {
    TensorAxes result = reshaped_axes(axes, shape);
    if (axes.makers.empty() || shape.rank() < 3) return result;
    // Whether the features of layers become places too, whose order is another one with channels first.
    const int axes_before = static_cast<int>(axes.front.size()) + 2;
    const bool are_rows = axes.front.empty();
    const bool is_known = axes.features.size() == 1 && axes.features[0].factors;
    const bool mixes = std::any_of(result.front.begin(), result.front.end(), is_mixed);
    if (!are_rows && is_known && !mixes && shape.rank() < axes_before + 2) return result;
    if (is_known && !axes.features[0].is_plain()) return result;
    FeatureNotes::MadePlaces made{
        axes.makers, {.length = length_of(axes.features), .factors = std::nullopt}, result.front.size(), false};
    if (is_known && result.features.size() == 1 && result.features[0].factors) {
      made.run.factors = parts_of_features(result, are_rows);
      if (!is_mixed(*made.run.factors)) return result;
      made.can_be_sure = are_rows && axes.knows_makers && shape.rank() > 3;
    }
    // Axes of channels alone are places from here on, as the answer for the layers that made them has it.
    for (std::size_t i = 0; i < result.front.size(); ++i) {
      if (is_mixed(result.front[i])) continue;
      for (Factor& factor : result.front[i]) {
        if (factor.place == Factor::channels) factor.place = static_cast<int>(i);
      }
    }
    result.made = {notes_.add_places(std::move(made))};
    result.makers.clear();
    return result;
  }

  void look_inside(LayerImpl& layer, const All& inputs) {
    if (!is_container(layer) || !looked_.insert(&layer).second) return;
    for (const LayerInside& inside : layers_inside(layer, inputs)) take_inside(inside);
  }

  void take_inside(const LayerInside& inside) {
    LayerImpl& layer = *inside.layer;
    if (has_graph(layer)) {
      const Shape& shape = layer.build_shape();
      TensorAxes given = fresh_axes(shape, shape.rank() - 2);
      if (inside.taken) given.features = {*inside.taken};
      if (dynamic_cast<models::ModelImpl&>(layer).input_names().size() == 1) call(layer, {given}, {});
      return;
    }
    if (with_weights(layer).own_weights().empty()) return;
    if (inside.taken) notes_.note_input(layer, {*inside.taken});
    if (inside.takes_mixed_steps) notes_.note_input(layer, FeatureNotes::mixed_steps());
    for (const FeatureRun& made : inside.made) notes_.note_made(layer, {made});
  }

  FeatureNotes notes_;
  std::unordered_set<const LayerImpl*> looked_;
};

}  // namespace

FeatureOrder feature_order(const models::Model& model) { return Scan(model.impl()).result(); }

}  // namespace xtape::saving
