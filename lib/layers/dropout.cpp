#include <xtape/detail/numbers.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/dropout.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct DropoutFields {
  double rate = 0;
  DropoutOptions options = {};

  void fields(Fields& f) {
    f("rate", rate);
    options.fields(f);
  }
};

class DropoutImpl : public LayerImpl {
 public:
  explicit DropoutImpl(DropoutFields given) : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    detail::check_number("Dropout", "rate", given_.rate, detail::Range::from_0_to_1);
  }

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensor& x) {
    if (given_.rate == 0 || !training()) return x;
    return given_.rate == 1 ? x * 0 : dropout(x, given_.rate);
  }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  DropoutFields given_;
};

}  // namespace

void DropoutOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f.accept("noise_shape", {}).accept("seed", {});
}

Dropout::Dropout(double rate, DropoutOptions options)
    : Layer(make_layer<DropoutImpl>(DropoutFields{rate, std::move(options)})) {}

Dropout Dropout::from_config(const Config& config) {
  auto given = read_fields<DropoutFields>(config, "Dropout");
  return Dropout(given.rate, std::move(given.options));
}

}  // namespace xtape::layers
