#include <string>
#include <xtape/autograd.hpp>
#include <xtape/checkpoint.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/normalization.hpp>

#include "layers/activation.hpp"
#include "layers/layer_fields.hpp"
#include "layers/relu.hpp"

namespace xtape::layers {
namespace {

// The activation that the layer is, if batch_norm computes it in its own pass, else "".
std::string activation_of(const LayerImpl& layer) {
  if (layer.type() == typeid(ReLUImpl)) return static_cast<const ReLUImpl&>(layer).is_plain() ? "relu" : "";
  if (layer.type() != typeid(ActivationImpl)) return "";
  const activations::Activation& activation = static_cast<const ActivationImpl&>(layer).activation();
  return activation.is_fused() ? activation.name() : "";
}

class BatchNormalizationImpl : public LayerImpl {
 public:
  explicit BatchNormalizationImpl(BatchNormalizationOptions given)
      : LayerImpl(layer_options(given)), given_(std::move(given)) {
    detail::check_number("BatchNormalization", "momentum", given_.momentum, detail::Range::from_0_to_1);
    detail::check_number("BatchNormalization", "epsilon", given_.epsilon, detail::Range::finite_and_not_negative);
  }

  void fields(Fields& f) override { given_.fields(f); }

  void build(const Shape& input_shape) override {
    const Shape features = {input_shape[axis_of(input_shape)]};
    if (features[0] < 1) throw ShapeError("the number of features must be known, given " + input_shape.str());
    if (given_.scale) {
      gamma_ = add_weight("gamma", features, given_.gamma_initializer,
                          {.regularizer = given_.gamma_regularizer, .constraint = given_.gamma_constraint});
    }
    if (given_.center) {
      beta_ = add_weight("beta", features, given_.beta_initializer,
                         {.regularizer = given_.beta_regularizer, .constraint = given_.beta_constraint});
    }
    moving_mean_ = add_weight("moving_mean", features, given_.moving_mean_initializer, {.trainable = false});
    moving_variance_ =
        add_weight("moving_variance", features, given_.moving_variance_initializer, {.trainable = false});
  }

  Tensor call(const Tensor& x) {
    const int axis = axis_of(x.shape()), last = x.rank() - 1;
    const Tensor input = x.astype(dtype());
    if (axis == last) return normalize(input, "linear");
    return normalize(input.transpose(axis, last), "linear").transpose(axis, last);
  }

  // A ReLU of the default options or an Activation by the name of relu or tanh that follows, if the layer is built,
  // the axis is the last one and both have one dtype.
  bool fuses(const LayerImpl& next) const override {
    return built() && dtype() == next.dtype() && axis_of(build_shape()) == build_shape().rank() - 1 &&
           !activation_of(next).empty();
  }

  Tensor call_fused(const LayerImpl& next, const Tensor& x) override {
    return normalize(x.astype(dtype()), activation_of(next));
  }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 protected:
  void check_input(const Shape& shape) const override {
    const Shape& built = build_shape();
    if (shape.rank() != built.rank() || shape[axis_of(shape)] != built[axis_of(built)]) {
      throw ShapeError("built for inputs " + built.str() + ", given " + shape.str());
    }
  }

 private:
  int axis_of(const Shape& shape) const {
    const int given = given_.axis, axis = given < 0 ? given + shape.rank() : given;
    if (axis < 0 || axis >= shape.rank()) {
      throw IndexError("axis " + std::to_string(given) + " is out of range for inputs " + shape.str());
    }
    return axis;
  }

  // Features last.
  Tensor normalize(const Tensor& x, const std::string& activation) {
    if (!training() || !trainable()) {
      return batch_norm(x, gamma_, beta_, moving_mean_, moving_variance_, given_.epsilon, activation);
    }
    const BatchNormResult result = batch_norm(x, gamma_, beta_, given_.epsilon, activation);
    if (is_recomputing()) return result.y;
    const NoGrad no_grad;
    const double momentum = given_.momentum;
    moving_mean_.assign(moving_mean_ * momentum + result.mean * (1 - momentum));
    moving_variance_.assign(moving_variance_ * momentum + result.variance * (1 - momentum));
    return result.y;
  }

  BatchNormalizationOptions given_;
  Tensor gamma_;
  Tensor beta_;
  Tensor moving_mean_;
  Tensor moving_variance_;
};

}  // namespace

void BatchNormalizationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("axis", axis)("momentum", momentum)("epsilon", epsilon)("center", center)("scale", scale);
  f("beta_initializer", beta_initializer)("gamma_initializer", gamma_initializer);
  f("moving_mean_initializer", moving_mean_initializer)("moving_variance_initializer", moving_variance_initializer);
  f("beta_regularizer", beta_regularizer)("gamma_regularizer", gamma_regularizer);
  f("beta_constraint", beta_constraint)("gamma_constraint", gamma_constraint);
  f.accept("synchronized", false);
  f.accept("renorm", false);
}

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : Layer(make_layer<BatchNormalizationImpl>(std::move(options))) {}

BatchNormalization BatchNormalization::from_config(const Config& config) {
  return BatchNormalization(read_fields<BatchNormalizationOptions>(config, "BatchNormalization"));
}

}  // namespace xtape::layers
