#include <xtape/detail/numbers.hpp>
#include <xtape/layers/elu.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/activations.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

class ELUImpl : public LayerImpl {
 public:
  explicit ELUImpl(ELUOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {
    converts_integers();
    detail::check_number("ELU", "alpha", given_.alpha, detail::Range::finite);
  }

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensor& x) { return elu(x, given_.alpha); }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  ELUOptions given_;
};

}  // namespace

void ELUOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("alpha", alpha);
}

ELU::ELU(ELUOptions options) : Layer(make_layer<ELUImpl>(std::move(options))) {}

ELU ELU::from_config(const Config& config) { return ELU(read_fields<ELUOptions>(config, "ELU")); }

}  // namespace xtape::layers
