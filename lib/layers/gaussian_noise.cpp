#include <xtape/detail/numbers.hpp>
#include <xtape/layers/gaussian_noise.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/dropout.hpp>

#include "layers/layer_fields.hpp"
#include "layers/noise.hpp"

namespace xtape::layers {
namespace {

struct GaussianNoiseFields {
  double stddev = 0;
  GaussianNoiseOptions options = {};

  void fields(Fields& f) {
    f("stddev", stddev);
    options.fields(f);
  }
};

class GaussianNoiseImpl : public NoiseImpl {
 public:
  explicit GaussianNoiseImpl(GaussianNoiseFields given)
      : NoiseImpl(layer_options(given.options), given.options.seed), given_(std::move(given)) {
    detail::check_number("GaussianNoise", "stddev", given_.stddev, detail::Range::from_0_to_1);
  }

  void fields(Fields& f) override { given_.fields(f); }

 private:
  Tensor noisy(const Tensor& x) override { return gaussian_noise(x, given_.stddev); }
  bool is_still() const override { return given_.stddev == 0; }

  GaussianNoiseFields given_;
};

}  // namespace

void GaussianNoiseOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("seed", seed);
}

GaussianNoise::GaussianNoise(double stddev, GaussianNoiseOptions options)
    : Layer(make_layer<GaussianNoiseImpl>(GaussianNoiseFields{stddev, std::move(options)})) {}

GaussianNoise GaussianNoise::from_config(const Config& config) {
  auto given = read_fields<GaussianNoiseFields>(config, "GaussianNoise");
  return GaussianNoise(given.stddev, std::move(given.options));
}

}  // namespace xtape::layers
