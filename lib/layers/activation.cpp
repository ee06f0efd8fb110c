#include "layers/activation.hpp"

#include <xtape/layers/handle.hpp>

#include "layers/layer_fields.hpp"
#include "layers/single_unit.hpp"

namespace xtape::layers {

ActivationImpl::ActivationImpl(ActivationFields given)
    : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
  converts_integers();
}

// Rows of samples: along other axes a length of 1 may be that of a short sequence.
void ActivationImpl::build(const Shape& input_shape) {
  if (input_shape.rank() == 2) check_units("Activation", "units before it", input_shape.back(), given_.activation);
}

void ActivationOptions::fields(Fields& f) { layer_fields(f, *this); }

Activation::Activation(activations::Activation activation, ActivationOptions options)
    : Layer(make_layer<ActivationImpl>(ActivationFields{std::move(activation), std::move(options)})) {}

Activation Activation::from_config(const Config& config) {
  auto given = read_fields<ActivationFields>(config, "Activation");
  return Activation(std::move(given.activation), std::move(given.options));
}

}  // namespace xtape::layers
