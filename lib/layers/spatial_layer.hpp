#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/windows.hpp>
#include <xtape/layers/layer_impl.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {

// "2D", which the name of a layer of two spatial axes has.
inline std::string dimensions(std::size_t axes) { return std::to_string(axes) + 'D'; }

// A layer of inputs [batch, spatial..., channels] with that many spatial axes. `Given` is what it is made with: it has
// options, fields and a class_name.
template <std::size_t axes, class Given>
class SpatialLayer : public LayerImpl {
 public:
  explicit SpatialLayer(Given given) : LayerImpl(layer_options(given.options)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }
  std::string class_name() const override { return Given::class_name(); }

 protected:
  void check_before_build(const std::vector<Shape>& input_shapes) override {
    compute_output_shape(input_shapes.front());
  }
  void check_input(const Shape& shape) const override {
    detail::check_spatial_rank(shape, axes);
    LayerImpl::check_input(shape);
  }

  Given given_;
};

}  // namespace xtape::layers
