#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <xtape/layers/pooling.hpp>

#include "layers/pool.hpp"
#include "layers/spatial_layer.hpp"

namespace xtape::layers {

template <std::size_t axes, class Pool>
struct PoolingFields {
  Size<axes> pool_size = 2;
  PoolingOptions<axes> options = {};

  static std::string class_name() { return std::string(Pool::name) + "Pooling" + dimensions(axes); }
  void fields(Fields& f) {
    f("pool_size", pool_size);
    options.fields(f);
  }
};

template <std::size_t axes, class Pool>
class PoolingImpl : public SpatialLayer<axes, PoolingFields<axes, Pool>> {
  using Base = SpatialLayer<axes, PoolingFields<axes, Pool>>;
  using Base::given_;

 public:
  using OpOptions = typename SpatialOps<axes>::PoolOptions;

  explicit PoolingImpl(PoolingFields<axes, Pool> given)
      : Base(std::move(given)),
        strides_(given_.options.strides.value_or(given_.pool_size)),
        op_options_{op_size(given_.pool_size), op_size(strides_), given_.options.padding} {
    Base::converts_integers();
    const std::string name = Base::class_name();
    detail::check_positive(name, "pool_size", given_.pool_size);
    detail::check_positive(name, "strides", strides_);
    detail::is_same_padding(name, given_.options.padding);
  }

  Tensor call(const Tensor& x) { return Pool::template windows<axes>(x, op_options_); }

  Shape compute_output_shape(const Shape& input_shape) override {
    detail::check_spatial_rank(input_shape, axes);
    return detail::window_output_shape(input_shape, given_.pool_size, strides_, Size<axes>(1), given_.options.padding,
                                       input_shape.back());
  }

  // The settings, as the operation takes them.
  const OpOptions& op_options() const { return op_options_; }

 private:
  const Size<axes> strides_;
  const OpOptions op_options_;
};

}  // namespace xtape::layers
