#include <xtape/detail/numbers.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/leaky_relu.hpp>
#include <xtape/ops/activations.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

class LeakyReLUImpl : public LayerImpl {
 public:
  explicit LeakyReLUImpl(LeakyReLUOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {
    converts_integers();
    detail::check_number("LeakyReLU", "negative_slope", given_.negative_slope, detail::Range::finite);
  }

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensor& x) { return leaky_relu(x, given_.negative_slope); }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  LeakyReLUOptions given_;
};

}  // namespace

void LeakyReLUOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("negative_slope", negative_slope);
}

LeakyReLU::LeakyReLU(LeakyReLUOptions options) : Layer(make_layer<LeakyReLUImpl>(std::move(options))) {}

LeakyReLU LeakyReLU::from_config(const Config& config) {
  return LeakyReLU(read_fields<LeakyReLUOptions>(config, "LeakyReLU"));
}

}  // namespace xtape::layers
