#include "saving/feature_order.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>
#include <xtape/layers/symbol.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/einsum_kernel.hpp"

namespace xtape::saving {
namespace {

using layers::LayerImpl;

// By class, between spaces: layers and operations that keep each element where it is.
constexpr std::string_view keep_elements =
    " Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise "
    "GroupNormalization Identity LayerNormalization LeakyReLU Masking PReLU RMSNormalization ReLU Softmax "
    "SpatialDropout1D SpatialDropout2D SpatialDropout3D UnitNormalization Absolute Negative Exp Expm1 Log Log1p Sqrt "
    "Square Sin Cos Tanh Relu Sigmoid Silu Softplus Cast LogicalNot ";
// Those that take several inputs together, element by element.
constexpr std::string_view merge_elements =
    " Add Subtract Multiply Average Maximum Minimum Divide TrueDivide Power Where Equal NotEqual Less LessEqual "
    "Greater "
    "GreaterEqual LogicalAnd LogicalOr ";

bool lists(std::string_view names, const std::string& name) {
  return names.find(' ' + name + ' ') != std::string_view::npos;
}

// "Conv2D" for "Conv" and "2D": what others call a ConvBlock may be anything.
bool is_one_of(std::string_view kind, std::initializer_list<std::string_view> beginnings) {
  if (!kind.ends_with('D') || kind.size() < 2 || kind[kind.size() - 2] < '1' || kind[kind.size() - 2] > '3')
    return false;
  return std::find(beginnings.begin(), beginnings.end(), kind.substr(0, kind.size() - 2)) != beginnings.end();
}

bool pools_all(std::string_view kind) { return is_one_of(kind, {"GlobalAveragePooling", "GlobalMaxPooling"}); }

bool changes_places(std::string_view kind) {
  return pools_all(kind) || is_one_of(kind, {"AveragePooling", "MaxPooling", "AdaptiveAveragePooling",
                                             "AdaptiveMaxPooling", "ZeroPadding", "Cropping", "UpSampling"});
}

bool is_convolution(std::string_view kind) {
  constexpr std::string_view transposed = "Transpose";
  if (kind.ends_with(transposed)) kind.remove_suffix(transposed.size());
  return is_one_of(kind, {"Conv", "DepthwiseConv", "SeparableConv"});
}

// Layers with kernels that do the same with each step.
bool takes_steps_alike(const LayerImpl& layer, std::string_view kind) {
  if (kind == "EinsumDense") return einsum_kernel(layer).is_over_last;
  return kind == "Dense" || kind == "Embedding" || kind == "MultiHeadAttention" || kind == "GroupQueryAttention";
}

// Whether its outputs are features of their own, in the order of its weights.
bool makes_features(const LayerImpl& layer) {
  const std::vector<layers::Variable> weights = layer.weights();
  return std::any_of(weights.begin(), weights.end(), [](const auto& weight) { return weight.value.rank() > 1; });
}

// The layer that has the weights of one around it: the cell of a recurrent layer, of several the first.
const LayerImpl& with_weights(const LayerImpl& layer) {
  if (layer.class_name() == "Bidirectional" || layer.parts().empty() || !layer.own_weights().empty()) return layer;
  return layer.parts().size() == 1 || layer.class_name() == "StackedRNNCells" ? with_weights(*layer.parts()[0]) : layer;
}

bool is_plain(const FeatureRuns& runs) {
  return std::all_of(runs.begin(), runs.end(), [](const FeatureRun& run) { return run.is_plain(); });
}

class Scan {
 public:
  explicit Scan(LayerImpl& model) {
    const All results = call(model, {}, {});
    for (std::size_t i = 0; i < results.size(); ++i) note_output(results[i], i);
  }

  FeatureOrder result() {
    FeatureOrder order;
    order.fixed = std::move(fixed_);
    order.outputs_of_model = std::move(outputs_of_model_);
    for (const MadePlaces& made : made_) {
      FeatureRun run = made.run;
      run.is_sure = made.can_be_sure && made.is_taken && !made.is_disputed;
      for (const LayerImpl* maker : made.makers) note(outputs_, *maker, {run});
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

 private:
  using All = std::vector<TensorAxes>;
  using Runs = std::unordered_map<const LayerImpl*, FeatureRuns>;

  // Places that a Reshape makes of the features of layers. Whether PyTorch has the channels in front of them is known
  // where a layer of images takes just these; a grid, or one that a Permute turns, is as it is there.
  struct MadePlaces {
    std::vector<const LayerImpl*> makers;
    FeatureRun run;
    std::size_t places;
    bool can_be_sure, is_taken = false, is_disputed = false;
  };

  void take_as_images(const All& inputs) {
    for (const TensorAxes& input : inputs) {
      for (const std::size_t i : input.made) {
        const bool is_as_made = input.front.size() == made_[i].places && !input.is_permuted;
        (is_as_made ? made_[i].is_taken : made_[i].is_disputed) = true;
      }
    }
  }
  void take_otherwise(const All& inputs) {
    for (const TensorAxes& input : inputs) {
      for (const std::size_t i : input.made) made_[i].is_disputed = true;
    }
  }

  void note_output(const TensorAxes& output, std::size_t index) {
    if (is_plain(output.features)) {
      if (!has_mixed_steps(output)) add_new(handed_out_, output.makers);
    } else if (std::any_of(output.features.begin(), output.features.end(),
                           [](const FeatureRun& run) { return run.factors && is_mixed(*run.factors); })) {
      outputs_of_model_.emplace_back(index, output.features);
    }
  }

  void note_fixed(const LayerImpl& layer, int64_t features, const std::string& what) {
    const auto is_it = [&](const FixedOrder& each) { return each.layer == &layer; };
    if (std::none_of(fixed_.begin(), fixed_.end(), is_it)) fixed_.push_back({&layer, features, what});
  }

  // In several places, or of several inputs, a layer may be given features in several orders.
  static FeatureRuns several_orders() {
    return {{.length = FeatureRun::several, .factors = std::nullopt, .is_sure = false}};
  }

  static FeatureRuns mixed_steps() {
    return {{.length = FeatureRun::steps, .factors = std::nullopt, .is_sure = false}};
  }

  static void note(Runs& all, const LayerImpl& layer, const FeatureRuns& runs) {
    const auto [known, is_new] = all.try_emplace(&with_weights(layer), runs);
    if (is_new || known->second == runs || (is_plain(known->second) && is_plain(runs))) return;
    FeatureRuns less_sure = runs;
    for (std::size_t i = 0; i < runs.size() && i < known->second.size(); ++i) {
      less_sure[i].is_sure = known->second[i].is_sure = runs[i].is_sure && known->second[i].is_sure;
    }
    if (known->second != less_sure) known->second = several_orders();
  }

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
      take_otherwise(inputs);
      return reshape(axes, shape);
    }
    if (kind == "Permute") {
      take_otherwise(inputs);
      return permute(layer, axes, shape);
    }
    if (kind == "RepeatVector") {
      TensorAxes result = axes;
      result.front.insert(result.front.begin(), fresh_axes(shape, 0).front[0]);
      result.places = 0;
      return result;
    }
    if (kind == "Concatenate") return concatenate(inputs, shape);
    if (lists(merge_elements, kind)) return merge(inputs, shape);
    if (lists(keep_elements, kind)) return keep(layer, kind, axes);
    if (changes_places(kind)) return change_places(layer, kind, inputs, shape);
    if (makes_features(layer)) return make_features(layer, kind, inputs, shape);
    return behind_unknown(&layer, kind, inputs, shape);
  }

  TensorAxes change_places(const LayerImpl& layer, const std::string& kind, const All& inputs, const Shape& shape) {
    take_as_images(inputs);
    if (has_mixed_steps(inputs[0]) && !pools_all(kind)) {
      note_fixed(layer, length_of(inputs[0].features), "steps that are elements of an image");
    }
    TensorAxes result = pooled_axes(inputs[0], shape);
    result.is_image = true;
    return result;
  }

  // `layer`: null for one that was looked at already.
  TensorAxes behind_unknown(LayerImpl* layer, const std::string& kind, const All& inputs, const Shape& shape) {
    take_otherwise(inputs);
    TensorAxes result = axes_behind_unknown(inputs, shape);
    for (const TensorAxes& input : inputs) {
      if (kind == "Matmul" || !may_make_places(input, result)) continue;
      const FeatureRun run{.length = length_of(input.features), .factors = std::nullopt, .is_sure = false};
      for (const LayerImpl* maker : input.makers) {
        note(outputs_, *maker, {run});
        std::erase(result.makers, maker);
      }
    }
    if (!layer) return result;
    if (is_container(*layer)) {
      look_inside(*layer, inputs);
      if (!layer->weights().empty()) gather_makers(*layer, shape.back(), result.makers);
    } else if (!layer->own_weights().empty()) {
      // How its weights lie is not known.
      All taken = inputs;
      for (TensorAxes& input : taken) {
        for (FeatureRun& run : input.features) run.is_sure = run.is_sure && run.is_plain();
      }
      note_taken(*layer, taken);
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
      note(inputs_, layer, is_of_steps ? mixed_steps() : axes.features);
      axes.makers.push_back(&layer);
    } else if (kind == "GroupNormalization" && !is_plain(axes.features)) {
      const int64_t groups = layer.get_config().at("groups").integer(), features = length_of(axes.features);
      if (groups > 1 && groups < features) note_fixed(layer, features, "groups of what images were flattened to");
    }
    // PyTorch's normalizes the last axis: where it stands, channels are last there, or were put there for it.
    const bool is_over_last = kind == "RMSNormalization" ||
                              (kind == "LayerNormalization" && !weights.empty() && weights[0].value.rank() == 1);
    if (is_over_last && axes.front.size() > 1) {
      take_otherwise({axes});
      axes.places = 0;
    }
    return axes;
  }

  TensorAxes make_features(LayerImpl& layer, const std::string& kind, const All& inputs, const Shape& shape) {
    const bool has_parts = is_container(layer);
    if (kind != "Embedding" && !(has_parts && layer.own_weights().empty())) note_taken(layer, inputs);
    TensorAxes result = fresh_axes(shape, is_convolution(kind) ? shape.rank() - 2 : 0);
    result.is_image = is_convolution(kind);
    if (result.is_image) {
      take_as_images(inputs);
    } else {
      take_otherwise(inputs);
    }
    const bool are_same_steps = takes_steps_alike(layer, kind) && result.front.size() == inputs[0].front.size();
    if (are_same_steps && has_mixed_steps(inputs[0])) result.front = inputs[0].front;
    if (has_parts) {
      look_inside(layer, inputs);
      gather_makers(layer, shape.back(), result.makers);
      result.knows_makers = false;
    } else if (kind != "EinsumDense" || einsum_kernel(layer).is_over_last) {
      result.makers = {&with_weights(layer)};
    }
    return result;
  }

  void note_taken(const LayerImpl& layer, const All& inputs) {
    FeatureRuns taken = inputs[0].features;
    std::vector<const LayerImpl*>& makers = takes_from_[&with_weights(layer)];
    for (const TensorAxes& input : inputs) {
      add_new(makers, input.makers);
      if (input.features != taken && !(is_plain(input.features) && is_plain(taken))) taken = several_orders();
    }
    const bool is_of_steps =
        !takes_steps_alike(layer, layer.class_name()) && std::any_of(inputs.begin(), inputs.end(), has_mixed_steps);
    note(inputs_, layer, is_of_steps ? mixed_steps() : taken);
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
    const bool is_along_last = length_of(inputs[0].features) != shape.back();
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
      if (length_of(input.features) != shape.back() || is_plain(input.features)) continue;
      is_one_image = is_one_image && (!image || *image == input.features);
      image = &input.features;
    }
    if (length_of(merged.features) != shape.back()) return behind_unknown(nullptr, "Add", inputs, shape);
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
      if (length_of(input.features) != shape.back()) continue;
      // What comes from outside is in the order of whoever gives it.
      merged.knows_makers = merged.knows_makers && input.knows_makers && !input.makers.empty();
      if (!image || !is_plain(input.features)) continue;
      if (!input.knows_makers || input.makers.empty()) {
        for (FeatureRun& run : merged.features) run.is_sure = false;
      }
      for (const LayerImpl* maker : input.makers) note(outputs_, *maker, merged.features);
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
    MadePlaces made{
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
    result.made = {made_.size()};
    made_.push_back(std::move(made));
    result.makers.clear();
    return result;
  }

  // What the features were divided into; all but the last are places.
  static Factors parts_of_features(const TensorAxes& result, bool are_rows) {
    Factors parts;
    int place = 0;
    for (const Factors& axis : result.front) {
      for (const Factor& factor : axis) {
        if (are_rows || factor.place == Factor::channels) parts.push_back({factor.length, place++});
      }
    }
    for (const Factor& factor : *result.features[0].factors) parts.push_back({factor.length, Factor::channels});
    return parts;
  }

  // What is known of the layers in one whose calls are not.
  struct Inside {
    std::vector<LayerImpl*> layers;
    // Lengths of rows that are no flattened images: of inputs, of steps, and of channels whose places were pooled.
    std::unordered_set<int64_t> rows;
    // Those that layers make of rows, with that of the rows.
    std::vector<std::pair<int64_t, int64_t>> made_of_rows;
    // Of the channels of images, and of whole images.
    std::unordered_set<int64_t> channels, images;
    bool has_images = false, has_mixed_steps = false;
    // Features in an order that may not be PyTorch's.
    std::optional<FeatureRuns> given = std::nullopt;

    // A length that images have may be that of one in any case, also where something else has it too.
    bool may_be_flattened(int64_t length) const {
      if (!has_images || rows.contains(length)) return has_images && images.contains(length);
      const auto makes_it = [&](const auto& each) { return each.second == length && each.first != length; };
      return images.contains(length) || std::none_of(made_of_rows.begin(), made_of_rows.end(), makes_it);
    }
  };

  // The parts of a layer that is no model of known calls may flatten, and take what was flattened.
  void look_inside(LayerImpl& layer, const All& inputs) {
    if (!is_container(layer) || !looked_.insert(&layer).second) return;
    Inside inside;
    for (const TensorAxes& input : inputs) {
      if (!is_plain(input.features)) inside.given = input.features;
      if (is_plain(input.features) && input.front.size() < 2) inside.rows.insert(length_of(input.features));
      inside.has_images = inside.has_images || input.front.size() > 1;
      inside.has_mixed_steps = inside.has_mixed_steps || has_mixed_steps(input);
    }
    for (const Shape& shape : inputs.empty() ? layer.build_shapes() : std::vector<Shape>()) {
      inside.has_images = inside.has_images || shape.rank() > 3;
      if (shape.rank() == 2 || shape.rank() == 3) inside.rows.insert(shape.back());
    }
    for (const auto& part : layer.parts()) gather(*part, false, inside);
    for (std::size_t i = 0; i < inside.layers.size(); ++i) note_inside(i, inside);
  }

  // Of layers whose calls are its own.
  static bool is_container(const LayerImpl& layer) {
    return !layer.parts().empty() && !is_recurrent(layer) && layer.class_name() != "SpectralNormalization";
  }
  static bool is_recurrent(const LayerImpl& layer) {
    return layer.class_name() == "Bidirectional" || with_weights(layer).class_name().ends_with("Cell");
  }
  static bool has_graph(LayerImpl& layer) {
    auto* const model = dynamic_cast<models::ModelImpl*>(&layer);
    return model && layer.built() && (layer.class_name() == "Sequential" || model->has_graph());
  }

  static void gather(LayerImpl& layer, bool is_in_graph, Inside& inside) {
    if (layer.built()) gather_lengths(layer, inside);
    if (!is_in_graph) inside.layers.push_back(&layer);
    for (const auto& part : layer.parts())
      gather(*part, is_in_graph || is_recurrent(layer) || has_graph(layer), inside);
  }

  static void gather_lengths(LayerImpl& layer, Inside& inside) {
    const std::string kind = layer.class_name();
    const Shape& shape = layer.build_shape();
    const bool is_of_images = is_of_places(layer);
    inside.has_images = inside.has_images || shape.rank() > 3 || is_of_images;
    if (pools_all(kind)) {
      inside.rows.insert(shape.back());
    } else if (is_of_images) {
      inside.channels.insert(shape.back());
      for (const Shape& each : {shape, layer.compute_output_shape(shape)}) {
        int64_t elements = 1;
        for (int i = 1; i < each.rank(); ++i) elements = elements < 0 || each[i] < 0 ? -1 : elements * each[i];
        if (elements != each.back()) inside.images.insert(elements);
      }
    } else if (shape.rank() == 3) {
      inside.rows.insert(shape.back());
    }
    for (const layers::Variable& weight : layer.own_weights()) {
      const Shape& weight_shape = weight.value.shape();
      if (weight.name == "recurrent_kernel") inside.rows.insert(weight_shape[0]);
      if (weight_shape.rank() < 1 || is_of_images || !makes_features(layer)) continue;
      if (shape.rank() == 2) inside.made_of_rows.emplace_back(shape.back(), weight_shape.back());
      if (shape.rank() == 3) inside.rows.insert(weight_shape.back());
    }
  }

  static bool is_of_places(const LayerImpl& layer) {
    const std::string kind = layer.class_name();
    return layer.built() && layer.build_shape().rank() > 2 && (is_convolution(kind) || changes_places(kind));
  }

  // Whether what it makes of rows may become an image: nothing else takes it, and a layer of images comes behind it.
  static bool may_become_image(const Inside& inside, std::size_t which, int64_t length) {
    const auto is_behind = [&](const LayerImpl* other) {
      return is_of_places(*other) && !pools_all(other->class_name());
    };
    const auto first = inside.layers.begin() + static_cast<std::ptrdiff_t>(which) + 1;
    if (std::none_of(first, inside.layers.end(), is_behind)) return false;
    if (inside.images.contains(length)) return true;
    const bool is_taken = std::any_of(inside.made_of_rows.begin(), inside.made_of_rows.end(),
                                      [&](const auto& each) { return each.first == length; });
    return !is_taken && !inside.rows.contains(length) && !inside.channels.contains(length);
  }

  void note_inside(std::size_t which, const Inside& inside) {
    LayerImpl& layer = *inside.layers[which];
    if (!layer.built()) return;
    const Shape& shape = layer.build_shape();
    std::optional<FeatureRun> taken;
    for (LayerImpl* other : inside.layers) {
      if (taken || !reshapes(*other)) continue;
      const Shape to = other->compute_output_shape(other->build_shape());
      if (to.back() != shape.back()) continue;
      const FeatureRuns runs = reshaped_axes(fresh_axes(other->build_shape(), 0), to).features;
      if (!is_plain(runs)) taken = runs[0];
    }
    if (!taken && inside.given && length_of(*inside.given) == shape.back()) {
      taken = inside.given->size() == 1 ? inside.given->front()
                                        : FeatureRun{.length = shape.back(), .factors = std::nullopt};
      taken->is_sure = false;
    }
    if (!taken && shape.rank() == 2 && inside.may_be_flattened(shape.back())) {
      taken = FeatureRun{.length = shape.back(), .factors = std::nullopt, .is_sure = false};
    }
    if (has_graph(layer)) {
      TensorAxes given = fresh_axes(shape, shape.rank() - 2);
      if (taken) given.features = {*taken};
      if (dynamic_cast<models::ModelImpl&>(layer).input_names().size() == 1) call(layer, {given}, {});
      return;
    }
    const LayerImpl& owner = with_weights(layer);
    if (owner.own_weights().empty()) return;
    if (taken) note(inputs_, layer, {*taken});
    const bool takes_steps = inside.has_mixed_steps && shape.rank() > 2 && makes_features(layer);
    if (takes_steps && !takes_steps_alike(layer, layer.class_name())) note(inputs_, layer, mixed_steps());
    bool is_reshaped = false;
    for (LayerImpl* other : inside.layers) {
      if (!reshapes(*other) || other->build_shape().rank() != 2) continue;
      const Shape& from = other->build_shape();
      if (from.back() != owner.own_weights()[0].value.shape().back()) continue;
      const TensorAxes images = reshaped_axes(fresh_axes(from, 0), other->compute_output_shape(from));
      FeatureRun made{.length = from.back(), .factors = parts_of_features(images, true), .is_sure = false};
      if (!made.is_plain()) note(outputs_, layer, {made});
      is_reshaped = is_reshaped || !made.is_plain();
    }
    const int64_t length = owner.own_weights()[0].value.rank() > 0 ? owner.own_weights()[0].value.shape().back() : 1;
    if (!is_reshaped && shape.rank() == 2 && may_become_image(inside, which, length)) {
      note(outputs_, layer, {{.length = length, .factors = std::nullopt, .is_sure = false}});
    }
  }

  static bool reshapes(const LayerImpl& layer) {
    const std::string kind = layer.class_name();
    return layer.built() && (kind == "Flatten" || kind == "Reshape") && layer.build_shape().rank() > 1;
  }

  Runs inputs_, outputs_;
  std::vector<MadePlaces> made_;
  std::vector<FixedOrder> fixed_;
  std::vector<std::pair<std::size_t, FeatureRuns>> outputs_of_model_;
  std::vector<const LayerImpl*> handed_out_;
  std::unordered_map<const LayerImpl*, std::vector<const LayerImpl*>> takes_from_;
  std::unordered_set<const LayerImpl*> looked_;
};

}  // namespace

FeatureOrder feature_order(const models::Model& model) { return Scan(model.impl()).result(); }

}  // namespace xtape::saving
