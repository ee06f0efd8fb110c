#pragma once

#include <concepts>
#include <functional>
#include <xtape/fields.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model.hpp>

namespace xtape::models {

struct CloneModelOptions {
  /// Makes the layer that takes the place of a layer; default: one of the same configuration. Inputs stay as they are.
  std::function<layers::Layer(const layers::Layer&)> clone_function = {};
  /// Goes into functional and sequential models in the model, instead of calling clone_function on them as a whole.
  bool recursive = false;
};

/// A model of new layers with weights of their own, connected alike.
/// ```
/// const Model frozen = models::clone_model(model, {.clone_function = [](const layers::Layer& layer) {
///   return layer.class_name() == "Dropout" ? layers::Layer(layers::Activation("linear")) : layers::clone(layer);
/// }});
/// ```
/// A functional model of one's own class stays one, if that is made of inputs, outputs and ModelOptions.
/// @throws as layers::clone; ValueError for clone_function and another model that is neither functional nor sequential.
XTAPE_API Model clone_model(const Model& model, const CloneModelOptions& options = {});

/// A model of one's own by its class, which need not be registered: made of the same options, or of none.
template <std::derived_from<Model> M>
requires requires(const Config& config, typename M::Implementation::Options& given, Fields& f) {
  given.fields(f);
  { M::from_config(config) } -> std::same_as<M>;
}
M clone_model(const M& model) {
  M copy = M::from_config(model.get_config());
  layers::pass_masks_as(model, copy);
  return copy;
}
template <std::derived_from<Model> M>
requires(std::default_initializable<M>&& std::default_initializable<typename M::Implementation> &&
         !requires { typename M::Implementation::Options; }) M clone_model(const M& model) {
  M copy;
  layers::pass_masks_as(model, copy);
  return copy;
}

}  // namespace xtape::models
