#include "saving/feature_order.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>
#include <xtape/layers/symbol.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/models/model_impl.hpp>

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

bool changes_places(std::string_view kind) {
  return kind.find("Pooling") != std::string_view::npos || kind.starts_with("ZeroPadding") ||
         kind.starts_with("Cropping") || kind.starts_with("UpSampling");
}

bool is_convolution(std::string_view kind) {
  return (kind.starts_with("Conv") && !kind.starts_with("ConvLSTM")) || kind.starts_with("DepthwiseConv") ||
         kind.starts_with("SeparableConv");
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
  explicit Scan(LayerImpl& model) { call(model, {}, {}); }

  FeatureOrder result() {
    FeatureOrder order;
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

  // In several places, or of several inputs, a layer may be given features in several orders.
  static FeatureRuns several_orders() {
    return {{.length = FeatureRun::several, .factors = std::nullopt, .is_sure = false}};
  }

  static void note(Runs& all, const LayerImpl& layer, const FeatureRuns& runs) {
    const auto [known, is_new] = all.try_emplace(&with_weights(layer), runs);
    if (is_new || known->second == runs || (is_plain(known->second) && is_plain(runs))) return;
    known->second = several_orders();
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
    if (kind == "Flatten" || kind == "Reshape") return reshape(axes, shape);
    if (kind == "Permute") return permute(layer, axes, shape);
    if (kind == "RepeatVector") {
      TensorAxes result = axes;
      result.front.insert(result.front.begin(), fresh_axes(shape, 0).front[0]);
      result.places = 0;
      return result;
    }
    if (kind == "Concatenate") return concatenate(inputs, shape);
    if (lists(merge_elements, kind)) return merge(inputs, shape);
    if (lists(keep_elements, kind)) return keep(layer, kind, axes);
    if (changes_places(kind)) return pooled_axes(axes, shape);
    if (makes_features(layer)) return make_features(layer, kind, inputs, shape);
    return axes_behind_unknown(inputs, shape);
  }

  TensorAxes keep(const LayerImpl& layer, const std::string& kind, TensorAxes axes) {
    const std::vector<layers::Variable> weights = layer.own_weights();
    if (!weights.empty()) {
      note(inputs_, layer, axes.features);
      axes.makers.push_back(&layer);
    }
    // PyTorch's normalizes the last axis: where it stands, channels are last there, or were put there for it.
    const bool is_over_last = kind == "RMSNormalization" ||
                              (kind == "LayerNormalization" && !weights.empty() && weights[0].value.rank() == 1);
    if (is_over_last && axes.front.size() > 1) axes.places = 0;
    return axes;
  }

  TensorAxes make_features(LayerImpl& layer, const std::string& kind, const All& inputs, const Shape& shape) {
    const bool has_parts = is_container(layer);
    if (kind != "Embedding" && !(has_parts && layer.own_weights().empty())) note_taken(layer, inputs);
    TensorAxes result = fresh_axes(shape, is_convolution(kind) ? shape.rank() - 2 : 0);
    if (has_parts) {
      look_inside(layer, inputs);
      gather_makers(layer, shape.back(), result.makers);
      result.knows_makers = false;
    } else {
      result.makers = {&with_weights(layer)};
    }
    return result;
  }

  void note_taken(const LayerImpl& layer, const All& inputs) {
    FeatureRuns taken = inputs[0].features;
    std::vector<const LayerImpl*>& makers = takes_from_[&with_weights(layer)];
    for (const TensorAxes& input : inputs) {
      makers.insert(makers.end(), input.makers.begin(), input.makers.end());
      if (input.features != taken && !(is_plain(input.features) && is_plain(taken))) taken = several_orders();
    }
    note(inputs_, layer, taken);
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
    TensorAxes result = are_alike ? pooled_axes(inputs[0], shape) : axes_behind_unknown(inputs, shape);
    result.places = std::min(result.places, inputs[0].places);
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
    if (length_of(merged.features) != shape.back()) return axes_behind_unknown(inputs, shape);
    if (image) merged.features = *image;
    if (!is_one_image) merged.features = unknown_axes(shape).features;
    merged.makers.clear();
    for (const TensorAxes& input : inputs) {
      merged.is_permuted = merged.is_permuted || input.is_permuted;
      if (input.front.size() == merged.front.size()) merged.places = std::min(merged.places, input.places);
      merged.makers.insert(merged.makers.end(), input.makers.begin(), input.makers.end());
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
    FeatureRun run{.length = length_of(axes.features), .factors = std::nullopt, .is_sure = false};
    if (is_known && result.features.size() == 1 && result.features[0].factors) {
      run.factors = parts_of_features(result, are_rows);
      if (!is_mixed(*run.factors)) return result;
      run.is_sure = are_rows && axes.knows_makers && shape.rank() > 3;
    }
    for (const LayerImpl* maker : axes.makers) note(outputs_, *maker, {run});
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
    // Lengths of axes of channels, and of what weights make.
    std::unordered_set<int64_t> lengths;
    bool has_images = false;
    // Features in an order that may not be PyTorch's.
    std::optional<FeatureRuns> given = std::nullopt;
  };

  // The parts of a layer that is no model of known calls may flatten, and take what was flattened.
  void look_inside(LayerImpl& layer, const All& inputs) {
    if (!is_container(layer) || !looked_.insert(&layer).second) return;
    Inside inside;
    for (const TensorAxes& input : inputs) {
      if (!is_plain(input.features)) inside.given = input.features;
      if (is_plain(input.features)) inside.lengths.insert(length_of(input.features));
      inside.has_images = inside.has_images || input.front.size() > 1;
    }
    for (const auto& part : layer.parts()) gather(*part, false, inside);
    for (LayerImpl* part : inside.layers) note_inside(*part, inside);
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
    const std::string kind = layer.class_name();
    const Shape& shape = layer.build_shape();
    if (layer.built() && shape.rank() > 2) inside.lengths.insert(shape.back());
    inside.has_images =
        inside.has_images || (layer.built() && shape.rank() > 3 && (is_convolution(kind) || changes_places(kind)));
    for (const layers::Variable& weight : layer.own_weights()) {
      const Shape& weight_shape = weight.value.shape();
      if (weight.name == "recurrent_kernel") inside.lengths.insert(weight_shape[0]);
      if (weight_shape.rank() > 0 && makes_features(layer)) inside.lengths.insert(weight_shape.back());
    }
    if (!is_in_graph) inside.layers.push_back(&layer);
    for (const auto& part : layer.parts())
      gather(*part, is_in_graph || is_recurrent(layer) || has_graph(layer), inside);
  }

  void note_inside(LayerImpl& layer, const Inside& inside) {
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
    // Rows of a length that no channels have, behind layers of images, were flattened.
    if (!taken && shape.rank() == 2 && inside.has_images && !inside.lengths.contains(shape.back())) {
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
    for (LayerImpl* other : inside.layers) {
      if (!reshapes(*other) || other->build_shape().rank() != 2) continue;
      const Shape& from = other->build_shape();
      if (from.back() != owner.own_weights()[0].value.shape().back()) continue;
      const TensorAxes images = reshaped_axes(fresh_axes(from, 0), other->compute_output_shape(from));
      FeatureRun made{.length = from.back(), .factors = parts_of_features(images, true), .is_sure = false};
      if (!made.is_plain()) note(outputs_, layer, {made});
    }
  }

  static bool reshapes(const LayerImpl& layer) {
    const std::string kind = layer.class_name();
    return layer.built() && (kind == "Flatten" || kind == "Reshape") && layer.build_shape().rank() > 1;
  }

  Runs inputs_, outputs_;
  std::unordered_map<const LayerImpl*, std::vector<const LayerImpl*>> takes_from_;
  std::unordered_set<const LayerImpl*> looked_;
};

}  // namespace

FeatureOrder feature_order(const models::Model& model) { return Scan(model.impl()).result(); }

}  // namespace xtape::saving
