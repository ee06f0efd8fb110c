#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/clone_model.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/models/sequential.hpp>

#include "models/functional.hpp"
#include "models/sequential_input.hpp"

namespace xtape::models {
namespace {

using layers::Layer;
using layers::SymbolicCall;

Model checked(const Layer& layer) { return static_cast<ModelImpl&>(layer.impl()).handle(); }

bool is_sequential(const ModelImpl& model) { return model.class_name() == "Sequential"; }

// A functional model whose class is made of inputs and outputs alone; null for others.
const FunctionalImpl* functional_alike(const ModelImpl& model) {
  const auto* const functional = dynamic_cast<const FunctionalImpl*>(&model);
  return functional && functional->make_alike() ? functional : nullptr;
}

// The layers, each cloned once.
class Clones {
 public:
  explicit Clones(const CloneModelOptions& options) : options_(options) {}

  const Layer& of(layers::LayerImpl& impl) {
    const auto known = clones_.find(&impl);
    if (known != clones_.end()) return known->second;
    const Layer layer(detail::Reference<layers::LayerImpl>::share(&impl));
    return clones_.emplace(&impl, clone(layer)).first->second;
  }

 private:
  Layer clone(const Layer& layer) const {
    if (layers::InputLayer::is(layer.impl())) return layers::clone(layer);
    auto* const model = dynamic_cast<ModelImpl*>(&layer.impl());
    const bool goes_in = options_.recursive && model && (functional_alike(*model) || is_sequential(*model));
    return goes_in ? Layer(clone_model(model->handle(), options_)) : options_.clone_function(layer);
  }

  const CloneModelOptions& options_;
  std::unordered_map<const layers::LayerImpl*, Layer> clones_;
};

Model clone_functional(const FunctionalImpl& model, Clones& clones) {
  std::unordered_map<const SymbolicCall*, std::vector<Symbol>> outputs;
  const auto clones_of = [&](const std::vector<Symbol>& symbols) {
    std::vector<Symbol> result;
    for (const Symbol& symbol : symbols) {
      result.push_back(symbol.defined() ? outputs.at(&symbol.node())[symbol.index()] : Symbol());
    }
    return result;
  };
  for (const SymbolicCall* node : model.graph().nodes()) {
    const Layer& layer = clones.of(node->layer());
    if (layers::InputLayer::is(node->layer())) {
      layer.build(node->output_shapes().front());
      outputs[node] = SymbolicCall::make(layer.impl(), {}, node->output_shapes())->outputs();
      continue;
    }
    layers::Arguments<Symbol> arguments = node->arguments();
    arguments.inputs = clones_of(arguments.inputs);
    for (auto& keyword : arguments.keywords) keyword.value = clones_of(keyword.value);
    outputs[node] = layer.impl().apply_symbols(arguments);
  }
  const Layer copy(model.make_alike()(with_names(model.given_inputs().names(), clones_of(model.graph().inputs())),
                                      with_names(model.given_outputs().names(), clones_of(model.graph().outputs())),
                                      {.name = model.name()}));
  // Its layers say for themselves whether they are.
  copy.impl().set_own_trainable(model.trainable());
  return checked(copy);
}

Model clone_sequential(const ModelImpl& model, Clones& clones) {
  const Sequential copy({.trainable = model.trainable(), .name = model.name()});
  if (const auto input = given_input(model)) {
    const Shape& shape = model.build_shape();
    copy.add(layers::InputLayer(Shape(shape.begin() + 1, shape.end()), *input));
  }
  for (const auto& part : model.parts()) copy.add(clones.of(*part));
  if (model.built()) copy.build(model.build_shape());
  return copy;
}

}  // namespace

Model clone_model(const Model& model, const CloneModelOptions& options) {
  const FunctionalImpl* const functional = functional_alike(model.impl());
  const bool is_ones_own = model.impl().type() != typeid(FunctionalImpl);
  if (!options.clone_function && !(functional && is_ones_own)) return checked(layers::clone(Layer(model)));
  CloneModelOptions complete = options;
  if (!complete.clone_function) complete.clone_function = [](const Layer& layer) { return layers::clone(layer); };
  Clones clones(complete);
  if (functional) return clone_functional(*functional, clones);
  if (is_sequential(model.impl())) return clone_sequential(model.impl(), clones);
  throw ValueError(
      "clone_model: clone_function is for functional and sequential models, this is a " + model.class_name(),
      model.name());
}

}  // namespace xtape::models
