#include <xtape/layers/handle.hpp>
#include <xtape/layers/softmax.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/layer_fields.hpp"
#include "layers/single_unit.hpp"

namespace xtape::layers {
namespace {

class SoftmaxImpl : public LayerImpl {
 public:
  explicit SoftmaxImpl(SoftmaxOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {
    converts_integers();
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    const auto& axes = given_.axis.values();
    if (input_shape.rank() == 2 && axes.size() == 1 && (axes[0] == 1 || axes[0] == -1)) {
      check_units("Softmax", "units before it", input_shape.back(), activations::Activation("softmax"));
    }
  }

  Tensor call(const Tensor& x) {
    Tensor counts = mask();
    if (!counts.defined()) return along_axes(x);
    while (counts.rank() < x.rank()) counts = counts.expand_dims(-1);
    // Keras's number: it leaves nothing beside others, and a row that nothing counts of is no division of 0 by 0.
    return where(counts, along_axes(where(counts, x, -1e9)), 0);
  }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  Tensor along_axes(const Tensor& x) const {
    const auto& axes = given_.axis.values();
    if (axes.size() == 1) return softmax(x, axes[0]);
    return exp(x - logsumexp(x, given_.axis, true));
  }

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
