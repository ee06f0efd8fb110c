#include <xtape/detail/numbers.hpp>
#include <xtape/layers/alpha_dropout.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/dropout.hpp>

#include "layers/layer_fields.hpp"
#include "layers/noise.hpp"

namespace xtape::layers {
namespace {

struct AlphaDropoutFields {
  double rate = 0;
  AlphaDropoutOptions options = {};

  void fields(Fields& f) {
    f("rate", rate);
    options.fields(f);
  }
};

class AlphaDropoutImpl : public NoiseImpl {
 public:
  explicit AlphaDropoutImpl(AlphaDropoutFields given)
      : NoiseImpl(layer_options(given.options), given.options.seed), given_(std::move(given)) {
    detail::check_number("AlphaDropout", "rate", given_.rate, detail::Range::from_0_below_1);
    check_noise_shape("AlphaDropout", given_.options.noise_shape);
  }

  void fields(Fields& f) override { given_.fields(f); }

 private:
  Tensor noisy(const Tensor& x) override {
    return alpha_dropout(x, given_.rate, shape_of_noise(given_.options.noise_shape, x.shape()));
  }
  bool is_still() const override { return given_.rate == 0; }

  AlphaDropoutFields given_;
};

}  // namespace

void AlphaDropoutOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("noise_shape", noise_shape)("seed", seed);
}

AlphaDropout::AlphaDropout(double rate, AlphaDropoutOptions options)
    : Layer(make_layer<AlphaDropoutImpl>(AlphaDropoutFields{rate, std::move(options)})) {}

AlphaDropout AlphaDropout::from_config(const Config& config) {
  auto given = read_fields<AlphaDropoutFields>(config, "AlphaDropout");
  return AlphaDropout(given.rate, std::move(given.options));
}

}  // namespace xtape::layers
