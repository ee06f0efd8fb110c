#include <typeinfo>
#include <xtape/autograd.hpp>
#include <xtape/checkpoint.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/relu.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/normalization.hpp>

namespace xtape::layers {
namespace {

// The activation that the layer is, if batch_norm computes it in its own pass, else "".
std::string activation_of(const Layer& layer) {
  if (typeid(layer) == typeid(ReLU)) return static_cast<const ReLU&>(layer).is_plain() ? "relu" : "";
  if (typeid(layer) != typeid(Activation)) return "";
  const activations::Activation& activation = static_cast<const Activation&>(layer).activation();
  return activation.is_fused() ? activation.name() : "";
}

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : Layer({options.name, options.trainable, options.dtype, options.input_shape}), options_(std::move(options)) {
  detail::check_number("BatchNormalization", "momentum", options_.momentum, detail::Range::from_0_to_1);
  detail::check_number("BatchNormalization", "epsilon", options_.epsilon, detail::Range::finite_and_not_negative);
}

int BatchNormalization::axis_of(const Shape& shape) const {
  const int given = options_.axis, axis = given < 0 ? given + shape.rank() : given;
  if (axis < 0 || axis >= shape.rank()) {
    throw IndexError("axis " + std::to_string(options_.axis) + " is out of range for inputs " + shape.str());
  }
  return axis;
}

void BatchNormalization::build(const Shape& input_shape) {
  const Shape features = {input_shape[axis_of(input_shape)]};
  if (features[0] < 1) throw ShapeError("the number of features must be known, given " + input_shape.str());
  if (options_.scale) {
    gamma_ = add_weight("gamma", features, options_.gamma_initializer, {.regularizer = options_.gamma_regularizer});
  }
  if (options_.center) {
    beta_ = add_weight("beta", features, options_.beta_initializer, {.regularizer = options_.beta_regularizer});
  }
  moving_mean_ = add_weight("moving_mean", features, options_.moving_mean_initializer, {.trainable = false});
  moving_variance_ =
      add_weight("moving_variance", features, options_.moving_variance_initializer, {.trainable = false});
}

void BatchNormalization::check_input(const Shape& shape) const {
  const Shape& built = build_shape();
  if (shape.rank() != built.rank() || shape[axis_of(shape)] != built[axis_of(built)]) {
    throw ShapeError("built for inputs " + built.str() + ", given " + shape.str());
  }
}

Tensor BatchNormalization::call(const Tensor& x, bool training) {
  const int axis = axis_of(x.shape()), last = x.rank() - 1;
  const Tensor input = x.astype(dtype());
  if (axis == last) return normalize(input, training, "linear");
  return normalize(input.transpose(axis, last), training, "linear").transpose(axis, last);
}

bool BatchNormalization::fuses(const Layer& next) const {
  return built() && dtype() == next.dtype() && typeid(*this) == typeid(BatchNormalization) &&
         axis_of(build_shape()) == build_shape().rank() - 1 && !activation_of(next).empty();
}

Tensor BatchNormalization::call_fused(const Layer& next, const Tensor& x, bool training) {
  return normalize(x.astype(dtype()), training, activation_of(next));
}

// Features last.
Tensor BatchNormalization::normalize(const Tensor& x, bool training, const std::string& activation) {
  if (!training || !trainable()) {
    return batch_norm(x, gamma_, beta_, moving_mean_, moving_variance_, options_.epsilon, activation);
  }
  const BatchNormResult result = batch_norm(x, gamma_, beta_, options_.epsilon, activation);
  if (is_recomputing()) return result.y;
  const NoGrad no_grad;
  const double momentum = options_.momentum;
  moving_mean_.assign(moving_mean_ * momentum + result.mean * (1 - momentum));
  moving_variance_.assign(moving_variance_ * momentum + result.variance * (1 - momentum));
  return result.y;
}

Shape BatchNormalization::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
