#include <cmath>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/checkpoint.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
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
    detail::check_number("BatchNormalization", "renorm_momentum", given_.renorm_momentum, detail::Range::from_0_to_1);
    check_clipping(given_.renorm_clipping);
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
    if (!given_.renorm) return;
    const auto stddev = [variance = given_.moving_variance_initializer](const Shape& shape, DType dtype) {
      return sqrt(variance(shape, dtype));
    };
    moving_stddev_ = add_weight("moving_stddev", features, stddev, {.trainable = false});
    renorm_mean_ = add_weight("renorm_mean", features, given_.moving_mean_initializer, {.trainable = false});
    renorm_stddev_ = add_weight("renorm_stddev", features, stddev, {.trainable = false});
  }

  Tensor call(const Tensor& x) {
    const int axis = axis_of(x.shape()), last = x.rank() - 1;
    const Tensor input = x.astype(dtype()), counts = places_that_count(x.shape(), axis);
    if (axis == last) return normalize(input, counts, "linear");
    return normalize(input.transpose(axis, last), counts, "linear").transpose(axis, last);
  }

  // A ReLU of the default options or an Activation by the name of relu or tanh that follows, if the layer is built,
  // the axis is the last one, both have one dtype, and nothing comes between.
  bool fuses(const LayerImpl& next) const override {
    return built() && !given_.renorm && dtype() == next.dtype() && axis_of(build_shape()) == build_shape().rank() - 1 &&
           !activation_of(next).empty();
  }

  Tensor call_fused(const LayerImpl& next, const Tensor& x) override {
    return normalize(x.astype(dtype()), {}, activation_of(next));
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

  // The mask as masked_batch_norm takes it, features last; undefined if all places count.
  static Tensor places_that_count(const Shape& shape, int axis) {
    const Tensor given = mask();
    if (!given.defined()) return given;
    const int last = shape.rank() - 1;
    if (given.rank() != last) {
      throw ShapeError("expected a mask of one dimension less than the inputs " + shape.str() + ", given " +
                       given.shape().str());
    }
    return axis == last ? given : broadcast_to(given.expand_dims(-1), shape).transpose(axis, last);
  }

  // Features last.
  Tensor normalize(const Tensor& x, const Tensor& counts, const std::string& activation) {
    if (!training() || !trainable()) {
      return batch_norm(x, gamma_, beta_, moving_mean_, moving_variance_, given_.epsilon, activation);
    }
    if (given_.renorm) return renormalize(x, counts);
    const BatchNormResult result = counts.defined() ? masked_batch_norm(x, gamma_, beta_, counts, given_.epsilon)
                                                    : batch_norm(x, gamma_, beta_, given_.epsilon, activation);
    if (is_recomputing()) return result.y;
    follow(moving_mean_, result.mean, given_.momentum);
    follow(moving_variance_, result.variance, given_.momentum);
    return result.y;
  }

  Tensor renormalize(const Tensor& x, const Tensor& counts) {
    if (is_recomputing()) {
      throw AutogradError(
          "normalizes by statistics that it moves (renorm), which have changed when a checkpoint computes again");
    }
    const BatchNormResult batch =
        counts.defined() ? masked_batch_norm(x, {}, {}, counts, given_.epsilon) : batch_norm(x, {}, {}, given_.epsilon);
    // Corrections are constants, as are the statistics that they are made of.
    const Tensor stddev = sqrt(batch.variance + given_.epsilon);
    const Tensor divisor = maximum(renorm_stddev_, std::sqrt(given_.epsilon));
    const RenormClipping& limits = given_.renorm_clipping;
    Tensor r = stddev / divisor, d = (batch.mean - renorm_mean_) / divisor;
    if (limits.rmin) r = maximum(r, *limits.rmin);
    if (limits.rmax) r = minimum(r, *limits.rmax);
    if (limits.dmax) d = clip(d, -*limits.dmax, *limits.dmax);
    if (gamma_.defined()) {
      r = r * gamma_;
      d = d * gamma_;
    }
    if (beta_.defined()) d = d + beta_;
    const Tensor y = batch.y * r + d;
    follow(renorm_mean_, batch.mean, given_.renorm_momentum);
    follow(renorm_stddev_, stddev, given_.renorm_momentum);
    follow(moving_mean_, batch.mean, given_.momentum);
    follow(moving_stddev_, stddev, given_.momentum);
    const NoGrad no_grad;
    moving_variance_.assign(maximum(square(moving_stddev_) - given_.epsilon, 0));
    return y;
  }

  static void follow(const Tensor& moving, const Tensor& batch, double momentum) {
    const NoGrad no_grad;
    moving.assign(moving * momentum + batch * (1 - momentum));
  }

  static void check_clipping(const RenormClipping& limits) {
    using detail::Range;
    const char* const subject = "BatchNormalization: renorm_clipping";
    detail::check_number(subject, "rmax", limits.rmax.value_or(0), Range::finite);
    detail::check_number(subject, "rmin", limits.rmin.value_or(0), Range::finite);
    detail::check_number(subject, "dmax", limits.dmax.value_or(0), Range::finite_and_not_negative);
    if (limits.rmin && limits.rmax && *limits.rmin > *limits.rmax) {
      throw ValueError(std::string(subject) + ": rmin must not be above rmax, given " + std::to_string(*limits.rmin) +
                       " and " + std::to_string(*limits.rmax));
    }
  }

  BatchNormalizationOptions given_;
  Tensor gamma_;
  Tensor beta_;
  Tensor moving_mean_;
  Tensor moving_variance_;
  Tensor moving_stddev_;
  Tensor renorm_mean_;
  Tensor renorm_stddev_;
};

}  // namespace

Config to_config(const RenormClipping& clipping) {
  const bool any = clipping.rmax || clipping.rmin || clipping.dmax;
  return any ? write_fields(clipping) : Config();
}

void from_config(const Config& config, RenormClipping& clipping) {
  clipping = config.is_null() ? RenormClipping() : read_fields<RenormClipping>(config, "renorm_clipping");
}

void BatchNormalizationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("axis", axis)("momentum", momentum)("epsilon", epsilon)("center", center)("scale", scale);
  f("beta_initializer", beta_initializer)("gamma_initializer", gamma_initializer);
  f("moving_mean_initializer", moving_mean_initializer)("moving_variance_initializer", moving_variance_initializer);
  f("beta_regularizer", beta_regularizer)("gamma_regularizer", gamma_regularizer);
  f("beta_constraint", beta_constraint)("gamma_constraint", gamma_constraint);
  // Not before Keras 3.13.
  const BatchNormalizationOptions usual;
  f.omit_default("renorm", renorm, usual.renorm);
  f.omit_default("renorm_clipping", renorm_clipping, usual.renorm_clipping);
  f.omit_default("renorm_momentum", renorm_momentum, usual.renorm_momentum);
  f.accept("synchronized", false);
}

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : Layer(make_layer<BatchNormalizationImpl>(std::move(options))) {}

BatchNormalization BatchNormalization::from_config(const Config& config) {
  return BatchNormalization(read_fields<BatchNormalizationOptions>(config, "BatchNormalization"));
}

}  // namespace xtape::layers
