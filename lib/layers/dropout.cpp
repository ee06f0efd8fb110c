#include <xtape/detail/numbers.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/dropout.hpp>

#include "layers/layer_fields.hpp"
#include "layers/noise.hpp"

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

class DropoutImpl : public NoiseImpl {
 public:
  explicit DropoutImpl(DropoutFields given)
      : NoiseImpl(layer_options(given.options), given.options.seed), given_(std::move(given)) {
    detail::check_number("Dropout", "rate", given_.rate, detail::Range::from_0_to_1);
    check_noise_shape("Dropout", given_.options.noise_shape);
  }

  void fields(Fields& f) override { given_.fields(f); }

 private:
  Tensor noisy(const Tensor& x) override {
    if (given_.rate == 1) return x * 0;
    if (!given_.options.noise_shape) return dropout(x, given_.rate);
    return dropout(x, given_.rate, shape_of_noise(given_.options.noise_shape, x.shape()));
  }
  bool is_still() const override { return given_.rate == 0; }

  DropoutFields given_;
};

}  // namespace

void DropoutOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("noise_shape", noise_shape)("seed", seed);
}

Dropout::Dropout(double rate, DropoutOptions options)
    : Layer(make_layer<DropoutImpl>(DropoutFields{rate, std::move(options)})) {}

Dropout Dropout::from_config(const Config& config) {
  auto given = read_fields<DropoutFields>(config, "Dropout");
  return Dropout(given.rate, std::move(given.options));
}

}  // namespace xtape::layers
