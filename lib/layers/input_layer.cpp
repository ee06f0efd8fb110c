#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/symbolic_call.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct InputLayerFields {
  // With the batch, which is not kept to. Files have one where Keras built the model for the data it saw, or for a
  // stateful layer.
  Shape batch_shape = {};
  InputLayerOptions options = {};

  void fields(Fields& f) {
    // Keras writes no `trainable`; a frozen model's inputs may say so.
    bool trainable = true;
    f("name", options.name)("trainable", trainable)("dtype", options.dtype)("batch_shape", batch_shape);
    f.accept("sparse", false).accept("ragged", false).accept("optional", false);
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
    leaves_out_trainable();
  }

  void fields(Fields& f) override { given_.fields(f); }
  Tensor call(const Tensor& x) { return x; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

  const std::optional<int64_t>& batch_size() const { return given_.options.batch_size; }

 private:
  InputLayerFields given_;
};

InputLayerFields with_batch(Shape shape, InputLayerOptions options) {
  if (options.batch_size && *options.batch_size < 1) {
    throw ValueError("InputLayer: batch_size must be positive, given " + std::to_string(*options.batch_size));
  }
  shape.insert(0, options.batch_size.value_or(-1));
  return {shape, std::move(options)};
}

}  // namespace

InputLayer::InputLayer(const Shape& shape, InputLayerOptions options)
    : Layer(make_layer<InputLayerImpl>(with_batch(shape, std::move(options)))) {}

InputLayer InputLayer::from_config(const Config& config) {
  auto given = read_fields<InputLayerFields>(config, "InputLayer");
  const Shape shape = sample_shape(given.batch_shape);
  if (given.batch_shape[0] > 0) given.options.batch_size = given.batch_shape[0];
  return InputLayer(shape, std::move(given.options));
}

Symbol Input(const Shape& shape, InputLayerOptions options) {
  const InputLayer layer(shape, std::move(options));
  Shape batch_shape = shape;
  batch_shape.insert(0, -1);
  layer.build(batch_shape);
  return SymbolicCall::make(layer.impl(), {}, {batch_shape})->outputs().front();
}

bool InputLayer::is(const LayerImpl& layer) { return layer.type() == typeid(InputLayerImpl); }

std::optional<int64_t> InputLayer::batch_size(const LayerImpl& layer) {
  return dynamic_cast<const InputLayerImpl&>(layer).batch_size();
}

}  // namespace xtape::layers
