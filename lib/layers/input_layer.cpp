#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/symbolic_call.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct InputLayerFields {
  // With the batch. Files have one where Keras built the model for the data it saw, or for a stateful layer; it takes
  // others as well.
  Shape batch_shape = {};
  InputLayerOptions options = {};

  void fields(Fields& f) {
    f("name", options.name)("dtype", options.dtype)("batch_shape", batch_shape);
    f.accept("trainable", true).accept("sparse", false).accept("ragged", false).accept("optional", false);
  }
};

Shape sample_shape(const Shape& batch_shape) {
  if (batch_shape.empty() || batch_shape[0] < -1) {
    throw ValueError("InputLayer: batch_shape must begin with the length of a batch, or with null, given " +
                     batch_shape.str());
  }
  return Shape(batch_shape.begin() + 1, batch_shape.end());
}

class InputLayerImpl : public LayerImpl {
 public:
  explicit InputLayerImpl(InputLayerFields given)
      : LayerImpl({.name = given.options.name, .input_shape = sample_shape(given.batch_shape)}),
        given_(std::move(given)) {
    set_dtype(given_.options.dtype);
  }

  void fields(Fields& f) override { given_.fields(f); }
  Tensor call(const Tensor& x) { return x; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  InputLayerFields given_;
};

// Takes batches of any length.
InputLayerFields with_batch(Shape shape, InputLayerOptions options) {
  shape.insert(0, -1);
  return {shape, std::move(options)};
}

}  // namespace

InputLayer::InputLayer(const Shape& shape, InputLayerOptions options)
    : Layer(make_layer<InputLayerImpl>(with_batch(shape, std::move(options)))) {}

InputLayer InputLayer::from_config(const Config& config) {
  auto given = read_fields<InputLayerFields>(config, "InputLayer");
  return InputLayer(sample_shape(given.batch_shape), std::move(given.options));
}

Symbol Input(const Shape& shape, InputLayerOptions options) {
  const InputLayer layer(shape, std::move(options));
  Shape batch_shape = shape;
  batch_shape.insert(0, -1);
  layer.build(batch_shape);
  return SymbolicCall::make(layer.impl(), {}, {batch_shape})->outputs().front();
}

bool InputLayer::is(const LayerImpl& layer) { return layer.type() == typeid(InputLayerImpl); }

}  // namespace xtape::layers
