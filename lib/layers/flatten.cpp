#include <algorithm>
#include <xtape/error.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/handle.hpp>

#include "layers/call_types.hpp"
#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

class FlattenImpl : public LayerImpl, public KeepsIntegers {
 public:
  explicit FlattenImpl(FlattenOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensor& x) {
    const int64_t batch = x.shape(0);
    return x.reshape({batch, batch == 0 ? compute_output_shape(x.shape())[1] : x.numel() / batch});
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    if (input_shape.rank() == 0) throw ShapeError("expected inputs [batch, ...], given " + input_shape.str());
    const Shape sample(input_shape.begin() + 1, input_shape.end());
    const bool known = std::find(sample.begin(), sample.end(), -1) == sample.end();
    return {input_shape[0], known ? sample.numel() : -1};
  }

 private:
  FlattenOptions given_;
};

}  // namespace

void FlattenOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f.accept("data_format", "channels_last");
}

Flatten::Flatten(FlattenOptions options) : Layer(make_layer<FlattenImpl>(std::move(options))) {}

Flatten Flatten::from_config(const Config& config) { return Flatten(read_fields<FlattenOptions>(config, "Flatten")); }

}  // namespace xtape::layers
