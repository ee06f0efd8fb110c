#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/spatial_dropout.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/dropout.hpp>

#include "layers/layer_fields.hpp"
#include "layers/noise.hpp"

namespace xtape::layers {
namespace {

struct SpatialDropoutFields {
  double rate = 0;
  SpatialDropoutOptions options = {};

  void fields(Fields& f) {
    f("rate", rate);
    options.fields(f);
  }
};

// `spatial`: how many axes lie between the batch and the channels.
template <int spatial>
class SpatialDropoutImpl : public NoiseImpl {
 public:
  explicit SpatialDropoutImpl(SpatialDropoutFields given)
      : NoiseImpl(layer_options(given.options), given.options.seed), given_(std::move(given)) {
    detail::check_number("SpatialDropout" + std::to_string(spatial) + "D", "rate", given_.rate,
                         detail::Range::from_0_to_1);
    leaves_out_trainable();
  }

  void fields(Fields& f) override { given_.fields(f); }
  void build(const Shape& input_shape) override { check_input(input_shape); }

 protected:
  void check_input(const Shape& shape) const override {
    if (shape.rank() == spatial + 2) return;
    constexpr const char* expected[] = {"[batch, time, channels]", "[batch, height, width, channels]",
                                        "[batch, depth, height, width, channels]"};
    throw ShapeError(std::string("expected inputs ") + expected[spatial - 1] + ", given " + shape.str());
  }

 private:
  Tensor noisy(const Tensor& x) override {
    if (given_.rate == 1) return x * 0;
    Shape noise = x.shape();
    for (int axis = 1; axis <= spatial; ++axis) noise[axis] = 1;
    return dropout(x, given_.rate, noise);
  }
  bool is_still() const override { return given_.rate == 0; }

  SpatialDropoutFields given_;
};

class SpatialDropout1DImpl : public SpatialDropoutImpl<1> {
  using SpatialDropoutImpl::SpatialDropoutImpl;
};
class SpatialDropout2DImpl : public SpatialDropoutImpl<2> {
  using SpatialDropoutImpl::SpatialDropoutImpl;
};
class SpatialDropout3DImpl : public SpatialDropoutImpl<3> {
  using SpatialDropoutImpl::SpatialDropoutImpl;
};

template <class L, class Given>
L read(const Config& config, const char* class_name) {
  auto given = read_fields<Given>(config, class_name);
  return L(given.rate, std::move(given.options));
}

// Images and volumes have a layout, sequences have one only.
struct SpatialDropoutFieldsWithLayout : SpatialDropoutFields {
  void fields(Fields& f) {
    SpatialDropoutFields::fields(f);
    f.accept("data_format", "channels_last");
  }
};

}  // namespace

void SpatialDropoutOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("seed", seed);
}

SpatialDropout1D::SpatialDropout1D(double rate, SpatialDropoutOptions options)
    : Layer(make_layer<SpatialDropout1DImpl>(SpatialDropoutFields{rate, std::move(options)})) {}
SpatialDropout2D::SpatialDropout2D(double rate, SpatialDropoutOptions options)
    : Layer(make_layer<SpatialDropout2DImpl>(SpatialDropoutFields{rate, std::move(options)})) {}
SpatialDropout3D::SpatialDropout3D(double rate, SpatialDropoutOptions options)
    : Layer(make_layer<SpatialDropout3DImpl>(SpatialDropoutFields{rate, std::move(options)})) {}

SpatialDropout1D SpatialDropout1D::from_config(const Config& config) {
  return read<SpatialDropout1D, SpatialDropoutFields>(config, "SpatialDropout1D");
}
SpatialDropout2D SpatialDropout2D::from_config(const Config& config) {
  return read<SpatialDropout2D, SpatialDropoutFieldsWithLayout>(config, "SpatialDropout2D");
}
SpatialDropout3D SpatialDropout3D::from_config(const Config& config) {
  return read<SpatialDropout3D, SpatialDropoutFieldsWithLayout>(config, "SpatialDropout3D");
}

}  // namespace xtape::layers
