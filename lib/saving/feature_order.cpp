#include "saving/feature_order.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>
#include <vector>
#include <xtape/layers/symbol.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::saving {
namespace {

using layers::LayerImpl;

// Layers that keep each feature where it is.
constexpr std::array<std::string_view, 15> keep_features{"Activation",       "ActivityRegularization",
                                                         "AlphaDropout",     "BatchNormalization",
                                                         "Dropout",          "ELU",
                                                         "GaussianDropout",  "GaussianNoise",
                                                         "Identity",         "LayerNormalization",
                                                         "LeakyReLU",        "PReLU",
                                                         "RMSNormalization", "ReLU",
                                                         "Softmax"};

bool keeps_features(const LayerImpl& layer) {
  return std::find(keep_features.begin(), keep_features.end(), layer.class_name()) != keep_features.end();
}

// Whether its outputs are features of their own, in the order of its weights.
bool makes_features(const LayerImpl& layer) {
  const std::vector<layers::Variable> weights = layer.weights();
  return std::any_of(weights.begin(), weights.end(), [](const auto& weight) { return weight.value.rank() > 1; });
}

Shape without_batch(const Shape& shape) { return {shape.begin() + 1, shape.end()}; }

// Whether places or channels are one, so that either order is the other.
bool has_one_order(const Shape& shape) {
  return std::count_if(shape.begin(), shape.end() - 1, [](int64_t length) { return length != 1; }) == 0 ||
         shape.back() == 1;
}

class Scan {
 public:
  explicit Scan(LayerImpl& model) { visit(model); }

  FeatureOrder result() {
    FeatureOrder order;
    for (LayerImpl* layer : layers_) {
      if (const FlatFeatures features = flattened(*layer); !features.shape.empty()) order.inputs[layer] = features;
      if (layer->class_name() == "Reshape") mark_unflattened(*layer, order);
    }
    return order;
  }

 private:
  using Layers = std::vector<LayerImpl*>;

  void note(LayerImpl& layer, Layers before) { before_.try_emplace(&layer, std::move(before)); }

  void visit(LayerImpl& layer) {
    if (!seen_.insert(&layer).second) return;
    layers_.push_back(&layer);
    auto* const model = dynamic_cast<models::ModelImpl*>(&layer);
    if (layer.class_name() == "Sequential") {
      Layers before = before_[&layer];
      for (const auto& part : layer.parts()) {
        note(*part, std::move(before));
        before = {part.get()};
      }
    } else if (model && model->has_graph()) {
      const std::vector<Symbol> inputs = model->inputs();
      if (inputs.size() == 1) note(inputs[0].node().layer(), before_[&layer]);
      for (const Symbol& output : model->outputs()) visit_call(output.node());
    }
    for (const auto& part : layer.parts()) visit(*part);
  }

  // And those before it.
  void visit_call(const layers::SymbolicCall& last) {
    std::vector<const layers::SymbolicCall*> open{&last};
    while (!open.empty()) {
      const layers::SymbolicCall& call = *open.back();
      open.pop_back();
      if (!calls_.insert(&call).second) continue;
      Layers before;
      for (const Symbol& input : call.all_inputs()) {
        before.push_back(&input.node().layer());
        open.push_back(&input.node());
      }
      if (!before.empty()) note(call.layer(), std::move(before));
    }
  }

  // What comes before the layer; of a model, the last in it.
  Layers before(LayerImpl& layer) const {
    const auto found = before_.find(&layer);
    if (found == before_.end()) return {};
    Layers result;
    for (LayerImpl* each : found->second) result.push_back(&last_of(*each));
    return result;
  }

  static LayerImpl& last_of(LayerImpl& layer) {
    auto* const model = dynamic_cast<models::ModelImpl*>(&layer);
    if (layer.class_name() == "Sequential" && !layer.parts().empty()) return last_of(*layer.parts().back());
    if (layer.class_name() == "Sequential" || !model || !model->has_graph()) return layer;
    const std::vector<Symbol> outputs = model->outputs();
    return outputs.size() == 1 ? last_of(outputs[0].node().layer()) : layer;
  }

  // What the features that a layer takes were flattened from.
  FlatFeatures flattened(LayerImpl& layer) {
    // A layer in several places may come before itself.
    const auto [known, is_new] = flattened_.try_emplace(&layer);
    if (!is_new) return known->second;
    const Layers inputs = before(layer);
    FlatFeatures result;
    for (LayerImpl* input : inputs) {
      if (result.shape.empty()) result = returned(*input);
    }
    if (inputs.size() > 1) result.is_sure = false;
    return flattened_[&layer] = result;
  }

  FlatFeatures returned(LayerImpl& layer) {
    const std::string kind = layer.class_name();
    const Shape& shape = layer.build_shape();
    if (kind == "Flatten" || kind == "Reshape") {
      if (shape.rank() < 3 || layer.compute_output_shape(shape).rank() != 2) return {};
      if (has_one_order(without_batch(shape))) return {};
      const Layers inputs = before(layer);
      const bool permuted = inputs.size() == 1 && inputs[0]->class_name() == "Permute";
      return {without_batch(shape), shape.rank() > 3 && !permuted};
    }
    if (makes_features(layer)) return {};
    FlatFeatures result = flattened(layer);
    const bool joins = before(layer).size() > 1;
    if (!keeps_features(layer) && !joins) result.is_sure = false;
    return result;
  }

  // Those before a layer that makes images of rows.
  void mark_unflattened(LayerImpl& reshape, FeatureOrder& order) const {
    if (!reshape.built() || reshape.build_shape().rank() != 2) return;
    const Shape shape = reshape.compute_output_shape(reshape.build_shape());
    if (shape.rank() < 3 || has_one_order(without_batch(shape))) return;
    Layers inputs = before(reshape);
    for (int depth = 0; depth < 100 && inputs.size() == 1; ++depth) {
      order.outputs[inputs[0]] = {without_batch(shape), shape.rank() > 3};
      if (!keeps_features(*inputs[0])) return;
      inputs = before(*inputs[0]);
    }
  }

  std::vector<LayerImpl*> layers_;
  std::unordered_map<const LayerImpl*, Layers> before_;
  std::unordered_map<const LayerImpl*, FlatFeatures> flattened_;
  std::unordered_set<const LayerImpl*> seen_;
  std::unordered_set<const layers::SymbolicCall*> calls_;
};

}  // namespace

FeatureOrder feature_order(const models::Model& model) { return Scan(model.impl()).result(); }

}  // namespace xtape::saving
