#include <xtape/detail/numbers.hpp>
#include <xtape/layers/gaussian_dropout.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/dropout.hpp>

#include "layers/layer_fields.hpp"
#include "layers/noise.hpp"

namespace xtape::layers {
namespace {

struct GaussianDropoutFields {
  double rate = 0;
  GaussianDropoutOptions options = {};

  void fields(Fields& f) {
    f("rate", rate);
    options.fields(f);
  }
};

class GaussianDropoutImpl : public NoiseImpl {
 public:
  explicit GaussianDropoutImpl(GaussianDropoutFields given)
      : NoiseImpl(layer_options(given.options), given.options.seed), given_(std::move(given)) {
    detail::check_number("GaussianDropout", "rate", given_.rate, detail::Range::from_0_below_1);
  }

  void fields(Fields& f) override { given_.fields(f); }

 private:
  Tensor noisy(const Tensor& x) override { return gaussian_dropout(x, given_.rate); }
  bool is_still() const override { return given_.rate == 0; }

  GaussianDropoutFields given_;
};

}  // namespace

void GaussianDropoutOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("seed", seed);
}

GaussianDropout::GaussianDropout(double rate, GaussianDropoutOptions options)
    : Layer(make_layer<GaussianDropoutImpl>(GaussianDropoutFields{rate, std::move(options)})) {}

GaussianDropout GaussianDropout::from_config(const Config& config) {
  auto given = read_fields<GaussianDropoutFields>(config, "GaussianDropout");
  return GaussianDropout(given.rate, std::move(given.options));
}

}  // namespace xtape::layers
