#pragma once

#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/pooling2d_options.hpp>
#include <xtape/ops/pool.hpp>

namespace xtape::layers {

struct Pooling2DFields {
  Size2d pool_size = 2;
  Pooling2DOptions options = {};

  void fields(Fields& f) {
    f("pool_size", pool_size);
    options.fields(f);
  }
};

// What pooling layers have in common.
class Pooling2DImpl : public LayerImpl {
 public:
  void fields(Fields& f) override { given_.fields(f); }
  Shape compute_output_shape(const Shape& input_shape) override;
  // The settings, as the op takes them.
  const Pool2dOptions& pool_options() const { return op_options_; }

 protected:
  // @throws ValueError, naming the class, for numbers below 1 or an unknown padding.
  Pooling2DImpl(const char* class_name, Pooling2DFields given);

 private:
  Pooling2DFields given_;
  Pool2dOptions op_options_;
};

}  // namespace xtape::layers
