#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/lambda.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

using OfOne = std::function<Tensor(const Tensor&)>;
using OfList = std::function<Tensor(const std::vector<Tensor>&)>;

class LambdaImpl : public LayerImpl {
 public:
  // The copy is made in here, so that layers in the function are found as parts.
  LambdaImpl(const OfList& function, LambdaOptions given)
      : LayerImpl(layer_options(given)), function_(function), given_(std::move(given)) {
    if (!function_) throw ValueError("Lambda: the function is empty", name());
    if (given_.mask) makes_masks();
  }

  void fields(Fields&) override {
    throw ValueError(
        "get_config: a Lambda is a function of C++, which cannot be written; make it a layer of your own, a LayerImpl "
        "that lists its options, and register that",
        name());
  }

  Tensor call(const std::vector<Tensor>& inputs) { return function_(inputs); }

  Tensor compute_mask(const Tensor& x, const Tensor& mask) override {
    return given_.mask ? given_.mask(x, mask) : Tensor();
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    return given_.output_shape ? with_batch(input_shape) : LayerImpl::compute_output_shape(input_shape);
  }
  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override {
    if (!given_.output_shape) return output_shapes_on_zeros(arguments);
    return {with_batch(arguments.inputs.front().shape())};
  }

 private:
  Shape with_batch(const Shape& input_shape) const {
    if (input_shape.rank() == 0) throw ShapeError("expected inputs [batch, ...], got " + input_shape.str());
    Shape shape = *given_.output_shape;
    shape.insert(0, input_shape[0]);
    return shape;
  }

  OfList function_;
  LambdaOptions given_;
};

OfList of_list(OfOne function) {
  if (!function) return {};
  return [function = std::move(function)](const std::vector<Tensor>& inputs) {
    calls::check_inputs(1, inputs.size());
    return function(inputs.front());
  };
}

}  // namespace

Lambda::Lambda(OfOne function, Made, LambdaOptions&& options)
    : Lambda(of_list(std::move(function)), Made{}, std::move(options)) {}

Lambda::Lambda(const OfList& function, Made, LambdaOptions&& options)
    : Layer(make_layer<LambdaImpl>(function, std::move(options))) {}

Lambda Lambda::from_config(const Config&) {
  throw ValueError(
      "Lambda: its function is no part of a file; write a layer of your own that does the same, and register it");
}

}  // namespace xtape::layers
