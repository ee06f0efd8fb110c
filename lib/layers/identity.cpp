#include <xtape/layers/handle.hpp>
#include <xtape/layers/identity.hpp>

#include "layers/call_types.hpp"
#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

class IdentityImpl : public LayerImpl, public KeepsIntegers {
 public:
  explicit IdentityImpl(IdentityOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }
  Tensor call(const Tensor& x) { return x; }
  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  IdentityOptions given_;
};

}  // namespace

void IdentityOptions::fields(Fields& f) { layer_fields(f, *this); }

Identity::Identity(IdentityOptions options) : Layer(make_layer<IdentityImpl>(std::move(options))) {}

Identity Identity::from_config(const Config& config) {
  return Identity(read_fields<IdentityOptions>(config, "Identity"));
}

}  // namespace xtape::layers
