#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/up_sampling.hpp>
#include <xtape/ops/image.hpp>

#include "layers/call_types.hpp"
#include "layers/spatial_layer.hpp"

namespace xtape::layers {
namespace {

template <std::size_t axes>
struct UpSamplingFields {
  Size<axes> size = 2;
  UpSamplingOptions<axes> options = {};

  static std::string class_name() { return "UpSampling" + dimensions(axes); }
  void fields(Fields& f) {
    // Keras takes no list of one.
    if constexpr (axes == 1) {
      f("size", size[0]);
    } else {
      f("size", size);
    }
    options.fields(f);
  }
};

template <std::size_t axes>
class UpSamplingImpl : public SpatialLayer<axes, UpSamplingFields<axes>>, public KeepsIntegers {
  using Base = SpatialLayer<axes, UpSamplingFields<axes>>;
  using Base::given_;

 public:
  explicit UpSamplingImpl(UpSamplingFields<axes> given) : Base(std::move(given)) {
    detail::check_positive(Base::class_name(), "size", given_.size);
  }

  Tensor call(const Tensor& x) {
    const std::vector<int64_t> factors(given_.size.begin(), given_.size.end());
    if constexpr (axes == 2) {
      return upsample(x, factors, given_.options.interpolation);
    } else {
      return upsample(x, factors);
    }
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    detail::check_spatial_rank(input_shape, axes);
    Shape shape = input_shape;
    for (std::size_t i = 0; i < axes; ++i) {
      int64_t& length = shape[i + 1];
      if (length == -1 || !__builtin_mul_overflow(length, given_.size[i], &length)) continue;
      throw ShapeError("inputs " + input_shape.str() + " are too large to be enlarged by " +
                       detail::list_text(given_.size));
    }
    return shape;
  }
};

}  // namespace

template <std::size_t axes>
void UpSamplingOptions<axes>::fields(Fields& f) {
  layer_fields(f, *this);
  f.accept("data_format", "channels_last");
}

void UpSamplingOptions<2>::fields(Fields& f) {
  layer_fields(f, *this);
  f("interpolation", interpolation).accept("data_format", "channels_last");
}

template <std::size_t axes>
UpSampling<axes>::UpSampling(Size<axes> size, UpSamplingOptions<axes> options)
    : Layer(make_layer<UpSamplingImpl<axes>>(UpSamplingFields<axes>{size, std::move(options)})) {}

template <std::size_t axes>
UpSampling<axes> UpSampling<axes>::from_config(const Config& config) {
  auto given = read_fields<UpSamplingFields<axes>>(config, UpSamplingFields<axes>::class_name());
  return UpSampling(given.size, std::move(given.options));
}

template struct UpSamplingOptions<1>;
template struct UpSamplingOptions<3>;
template class UpSampling<1>;
template class UpSampling<2>;
template class UpSampling<3>;

}  // namespace xtape::layers
