#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/linalg.hpp>

#include "layers/layer_fields.hpp"
#include "layers/single_unit.hpp"

namespace xtape::layers {
namespace {

struct DenseFields {
  int64_t units = 0;
  DenseOptions options = {};

  void fields(Fields& f) {
    f("units", units);
    options.fields(f);
  }
};

class DenseImpl : public LayerImpl {
 public:
  explicit DenseImpl(DenseFields given) : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    detail::check_at_least(1, "Dense", "units", given_.units);
    check_units("Dense", "units", given_.units, given_.options.activation);
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    if (input_shape.rank() < 2 || input_shape.back() == 0) {
      throw ShapeError("expected inputs [batch, ..., features], given " + input_shape.str());
    }
    if (input_shape.back() == -1) {
      throw ShapeError("the last length of the inputs must be known, given " + input_shape.str());
    }
    const DenseOptions& options = given_.options;
    kernel_ = add_weight("kernel", {input_shape.back(), given_.units}, options.kernel_initializer,
                         {.regularizer = options.kernel_regularizer, .constraint = options.kernel_constraint});
    if (options.use_bias) {
      bias_ = add_weight("bias", {given_.units}, options.bias_initializer,
                         {.regularizer = options.bias_regularizer, .constraint = options.bias_constraint});
    }
  }

  Tensor call(const Tensor& x) { return x.dtype() == dtype() ? compute(x) : compute(x.astype(dtype())); }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override {
    Shape shape = input_shape;
    shape.back() = given_.units;
    return given_.options.activation.compute_output_shape(shape);
  }

 private:
  Tensor compute(const Tensor& x) {
    const activations::Activation& activation = given_.options.activation;
    if (activation.is_fused()) return dense(x, kernel_, bias_, activation.name());
    return activation(dense(x, kernel_, bias_));
  }

  DenseFields given_;
  Tensor kernel_;
  Tensor bias_;
};

}  // namespace

void DenseOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("activation", activation)("use_bias", use_bias)("kernel_initializer", kernel_initializer)(
      "bias_initializer", bias_initializer)("kernel_regularizer", kernel_regularizer)("bias_regularizer",
                                                                                      bias_regularizer);
  f("kernel_constraint", kernel_constraint)("bias_constraint", bias_constraint);
  f("activity_regularizer", activity_regularizer);
  f.accept("lora_rank", {}).accept("lora_alpha", {}).accept("quantization_config", {});
}

Dense::Dense(Count units, DenseOptions options)
    : Layer(make_layer<DenseImpl>(DenseFields{units, std::move(options)})) {}

Dense Dense::from_config(const Config& config) {
  auto given = read_fields<DenseFields>(config, "Dense");
  return Dense(given.units, std::move(given.options));
}

}  // namespace xtape::layers
