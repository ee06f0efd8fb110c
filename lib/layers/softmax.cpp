#include <xtape/layers/handle.hpp>
#include <xtape/layers/softmax.hpp>
#include <xtape/ops/activations.hpp>

#include "layers/layer_fields.hpp"
#include "layers/single_unit.hpp"

namespace xtape::layers {
namespace {

class SoftmaxImpl : public LayerImpl {
 public:
  explicit SoftmaxImpl(SoftmaxOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    if (input_shape.rank() == 2 && (given_.axis == 1 || given_.axis == -1)) {
      check_units("Softmax", "units before it", input_shape.back(), activations::Activation("softmax"));
    }
  }

  Tensor call(const Tensor& x) { return softmax(x, given_.axis); }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  SoftmaxOptions given_;
};

}  // namespace

void SoftmaxOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("axis", axis);
}

Softmax::Softmax(SoftmaxOptions options) : Layer(make_layer<SoftmaxImpl>(std::move(options))) {}

Softmax Softmax::from_config(const Config& config) { return Softmax(read_fields<SoftmaxOptions>(config, "Softmax")); }

}  // namespace xtape::layers
