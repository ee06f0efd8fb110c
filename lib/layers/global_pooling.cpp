#include <concepts>
#include <numeric>
#include <vector>
#include <xtape/layers/global_pooling.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>

#include "layers/argument_checks.hpp"
#include "layers/pool.hpp"
#include "layers/spatial_layer.hpp"

namespace xtape::layers {
namespace {

template <std::size_t axes, class Pool>
struct GlobalPoolingFields {
  GlobalPoolingOptions options = {};

  static std::string class_name() { return "Global" + std::string(Pool::name) + "Pooling" + dimensions(axes); }
  void fields(Fields& f) { options.fields(f); }
};

// Those between the batch and the channels.
template <std::size_t axes>
Axes spatial_axes() {
  std::vector<int> all(axes);
  std::iota(all.begin(), all.end(), 1);
  return all;
}

// The mean of the steps that count. The others have no part in it, whatever they hold.
Tensor mean_of_steps(const Tensor& x, const Tensor& mask, bool keepdims) {
  const Tensor counts = mask.expand_dims(2);
  return sum(where(counts, x, 0), 1, keepdims) / sum(counts.astype(x.dtype()), 1, keepdims);
}

template <std::size_t axes, class Pool>
class GlobalPoolingImpl : public SpatialLayer<axes, GlobalPoolingFields<axes, Pool>> {
  using Base = SpatialLayer<axes, GlobalPoolingFields<axes, Pool>>;
  using Base::given_;

 public:
  explicit GlobalPoolingImpl(GlobalPoolingFields<axes, Pool> given) : Base(std::move(given)) {
    Base::converts_integers();
  }

  Tensor call(const Tensor& x) {
    if constexpr (axes == 1 && std::same_as<Pool, AveragePool>) {
      const Tensor mask = mask_of_steps(LayerImpl::mask(), x.shape());
      if (mask.defined()) return mean_of_steps(x, mask, keepdims());
    }
    return Pool::all(x, spatial_axes_, keepdims());
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    detail::check_spatial_rank(input_shape, axes);
    if (!keepdims()) return {input_shape[0], input_shape.back()};
    Shape shape(axes + 2, 1);
    shape.front() = input_shape[0];
    shape.back() = input_shape.back();
    return shape;
  }

 private:
  bool keepdims() const { return given_.options.keepdims; }

  const Axes spatial_axes_ = spatial_axes<axes>();
};

}  // namespace

void GlobalPoolingOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("keepdims", keepdims).accept("data_format", "channels_last");
}

template <std::size_t axes>
GlobalMaxPooling<axes>::GlobalMaxPooling(GlobalPoolingOptions options)
    : Layer(make_layer<GlobalPoolingImpl<axes, MaxPool>>(GlobalPoolingFields<axes, MaxPool>{std::move(options)})) {}

template <std::size_t axes>
GlobalMaxPooling<axes> GlobalMaxPooling<axes>::from_config(const Config& config) {
  using Given = GlobalPoolingFields<axes, MaxPool>;
  return GlobalMaxPooling(read_fields<Given>(config, Given::class_name()).options);
}

template <std::size_t axes>
GlobalAveragePooling<axes>::GlobalAveragePooling(GlobalPoolingOptions options)
    : Layer(make_layer<GlobalPoolingImpl<axes, AveragePool>>(
          GlobalPoolingFields<axes, AveragePool>{std::move(options)})) {}

template <std::size_t axes>
GlobalAveragePooling<axes> GlobalAveragePooling<axes>::from_config(const Config& config) {
  using Given = GlobalPoolingFields<axes, AveragePool>;
  return GlobalAveragePooling(read_fields<Given>(config, Given::class_name()).options);
}

template class GlobalMaxPooling<1>;
template class GlobalMaxPooling<2>;
template class GlobalMaxPooling<3>;
template class GlobalAveragePooling<1>;
template class GlobalAveragePooling<2>;
template class GlobalAveragePooling<3>;

}  // namespace xtape::layers
