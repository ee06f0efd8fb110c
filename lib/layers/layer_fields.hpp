#pragma once

#include <xtape/fields.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

// What the options of a layer say about any layer.
template <class Options>
LayerOptions layer_options(const Options& options) {
  LayerOptions result{options.name, options.trainable, options.dtype};
  if constexpr (requires { options.input_shape; }) result.input_shape = options.input_shape;
  if constexpr (requires { options.activity_regularizer; }) {
    result.activity_regularizer = options.activity_regularizer;
  }
  return result;
}

// The fields that all layers have. The shape of an input is not among them, as in Keras: that is told to a model.
template <class Options>
void layer_fields(Fields& f, Options& options) {
  f("name", options.name)("trainable", options.trainable)("dtype", options.dtype);
}

}  // namespace xtape::layers
