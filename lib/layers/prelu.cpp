#include <algorithm>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/prelu.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

class PReLUImpl : public LayerImpl {
 public:
  explicit PReLUImpl(PReLUOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {
    converts_integers();
    for (const int axis : given_.shared_axes.values())
      detail::check_at_least(1, "PReLU", "an axis in shared_axes", axis);
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    if (input_shape.rank() < 1) throw ShapeError("expected inputs [batch, ...], given " + input_shape.str());
    Shape shape(input_shape.begin() + 1, input_shape.end());
    for (const int axis : given_.shared_axes.values()) {
      if (axis >= input_shape.rank()) {
        throw IndexError("shared axis " + std::to_string(axis) + " is out of range for inputs " + input_shape.str());
      }
      shape[axis - 1] = 1;
    }
    if (std::find(shape.begin(), shape.end(), -1) != shape.end()) {
      throw ShapeError("the lengths of axes that are not shared must be known, given " + input_shape.str());
    }
    alpha_ = add_weight("alpha", shape, given_.alpha_initializer,
                        {.regularizer = given_.alpha_regularizer, .constraint = given_.alpha_constraint});
  }

  Tensor call(const Tensor& x) { return relu(x) - alpha_ * relu(-x); }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 protected:
  void check_input(const Shape& shape) const override {
    // Not the slopes' lengths, of which that of an axis that is not shared may be 1 too.
    const auto& shared = given_.shared_axes.values();
    bool fits = shape.rank() == build_shape().rank();
    for (int axis = 1; fits && axis < shape.rank(); ++axis) {
      fits = shape[axis] == -1 || shape[axis] == build_shape()[axis] ||
             std::find(shared.begin(), shared.end(), axis) != shared.end();
    }
    if (!fits) throw ShapeError("built for inputs " + build_shape().str() + ", given " + shape.str());
  }

 private:
  PReLUOptions given_;
  Tensor alpha_;
};

}  // namespace

void PReLUOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("alpha_initializer", alpha_initializer)("alpha_regularizer", alpha_regularizer);
  f("alpha_constraint", alpha_constraint)("shared_axes", shared_axes);
}

PReLU::PReLU(PReLUOptions options) : Layer(make_layer<PReLUImpl>(std::move(options))) {}

PReLU PReLU::from_config(const Config& config) { return PReLU(read_fields<PReLUOptions>(config, "PReLU")); }

}  // namespace xtape::layers
