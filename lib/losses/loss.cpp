#include <tuple>
#include <vector>
#include <xtape/detail/calls.hpp>
#include <xtape/detail/masked_gradient.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/circle.hpp>
#include <xtape/losses/cosine_similarity.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/losses/ctc.hpp>
#include <xtape/losses/divergence.hpp>
#include <xtape/losses/focal_crossentropy.hpp>
#include <xtape/losses/generalized_crossentropy.hpp>
#include <xtape/losses/hinge.hpp>
#include <xtape/losses/loss.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/losses/robust_errors.hpp>
#include <xtape/losses/segmentation.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "config/classes.hpp"
#include "losses/crossentropy_by_shape.hpp"

namespace xtape::losses {
namespace {

constexpr config::Class<Loss> entries[] = {
    config::class_of<Loss, MeanSquaredError, LossOptions>("MeanSquaredError", "mse", "MSE"),
    config::class_of<Loss, MeanAbsoluteError, LossOptions>("MeanAbsoluteError", "mae", "MAE"),
    config::class_of<Loss, MeanAbsolutePercentageError, LossOptions>("MeanAbsolutePercentageError", "mape", "MAPE"),
    config::class_of<Loss, MeanSquaredLogarithmicError, LossOptions>("MeanSquaredLogarithmicError", "msle", "MSLE"),
    config::class_of<Loss, Huber, HuberOptions>("Huber"),
    config::class_of<Loss, LogCosh, LossOptions>("LogCosh", "logcosh"),
    config::class_of<Loss, CosineSimilarity, CosineSimilarityOptions>("CosineSimilarity"),
    config::class_of<Loss, BinaryCrossentropy, CrossentropyOptions>("BinaryCrossentropy", "bce", "BCE"),
    config::class_of<Loss, BinaryFocalCrossentropy, BinaryFocalCrossentropyOptions>("BinaryFocalCrossentropy"),
    config::class_of<Loss, CategoricalCrossentropy, CrossentropyOptions>("CategoricalCrossentropy"),
    config::class_of<Loss, CategoricalFocalCrossentropy, CategoricalFocalCrossentropyOptions>(
        "CategoricalFocalCrossentropy"),
    config::class_of<Loss, SparseCategoricalCrossentropy, SparseCategoricalCrossentropyOptions>(
        "SparseCategoricalCrossentropy"),
    config::class_of<Loss, CategoricalGeneralizedCrossEntropy, CategoricalGeneralizedCrossEntropyOptions>(
        "CategoricalGeneralizedCrossEntropy"),
    config::class_of<Loss, KLDivergence, LossOptions>("KLDivergence", "kld", "KLD"),
    config::class_of<Loss, Poisson, LossOptions>("Poisson"),
    config::class_of<Loss, Hinge, LossOptions>("Hinge"),
    config::class_of<Loss, SquaredHinge, LossOptions>("SquaredHinge"),
    config::class_of<Loss, CategoricalHinge, LossOptions>("CategoricalHinge"),
    config::class_of<Loss, Dice, DiceOptions>("Dice"),
    config::class_of<Loss, Tversky, TverskyOptions>("Tversky"),
    config::class_of<Loss, Circle, CircleOptions>("Circle"),
    config::class_of<Loss, CTC, LossOptions>("CTC"),
};

class FunctionImpl : public LossImpl {
 public:
  FunctionImpl(std::string name, std::function<Tensor(const Tensor&, const Tensor&)> function, std::string reduction)
      : LossImpl(std::move(name), std::move(reduction)), function_(std::move(function)) {
    if (!function_) throw ValueError(this->name() + ": the function of the loss is empty");
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override { return function_(y_true, y_pred); }

 private:
  std::function<Tensor(const Tensor&, const Tensor&)> function_;
};

// total / divisor, or 0 with the graph of `total`, which may be no number where nothing counts.
Tensor mean_of(const Tensor& total, const Tensor& divisor) {
  const Tensor none = divisor == 0;
  return where(none, 0, total) / where(none, 1, divisor);
}

// @throws ShapeError for a mask of steps where there is one value for all steps of a sample, as of targets [batch,
// steps] for predictions [batch, steps, 1].
void check_mask(const std::string& loss, const Shape& mask, const Shape& values, const Shape& y_true,
                const Shape& y_pred) {
  if (mask.rank() <= values.rank() || mask.back() == 1) return;
  throw ShapeError(loss + ": the predictions " + y_pred.str() + " have a mask " + mask.str() +
                   ", which does not fit values of shape " + values.str() + " for targets " + y_true.str() +
                   (y_true.rank() + 1 == y_pred.rank() ? "; give targets " + y_pred.str() : ""));
}

}  // namespace

LossImpl::LossImpl(std::string name, std::string reduction) : name_(std::move(name)), reduction_(std::move(reduction)) {
  // Keras's None, which a config reads as nothing.
  if (reduction_.empty()) reduction_ = "none";
  const std::vector<std::string> known = {"sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none"};
  for (const std::string& reduction_name : known) {
    if (reduction_ == reduction_name) return;
  }
  detail::throw_unknown_name("reduction of " + name_, reduction_, known);
}

Tensor LossImpl::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const {
  detail::check_defined(name_.c_str(), y_true, y_pred);
  const LossImpl& loss = fitting(y_true.shape(), y_pred.shape());
  if (&loss != this) return loss(y_true, y_pred, sample_weight);
  const auto [target, prediction] = detail::to_same_rank(y_true, detail::masked_gradient(y_pred));
  Tensor values = call(target, prediction);
  detail::check_returned(name_ + ": call", values);
  // One number for the batch is made of all steps, and those that the mask excludes have their gradient.
  if (values.rank() == 0 && values.requires_grad() && has_mask(y_pred)) {
    values = call(target, detail::to_same_rank(y_true, y_pred).second);
  }
  Tensor counts;
  for (const Tensor& masked : {y_pred, values}) {
    if (!has_mask(masked)) continue;
    // One value for the whole batch counts for each step that the mask leaves.
    if (values.rank() == 0) values = broadcast_to(values, mask_of(masked).shape());
    const Tensor mask = mask_of(masked);
    check_mask(name_, mask.shape(), values.shape(), y_true.shape(), y_pred.shape());
    const Tensor unmasked = detail::with_weights(values, mask, name_.c_str()).second != 0;
    counts = broadcast_to(counts.defined() ? logical_and(unmasked, counts) : unmasked, values.shape());
  }
  // Not by a weight of 0: a value that does not count may be no number.
  if (counts.defined()) values = where(counts, values, 0);
  Tensor weights = counts.defined() ? counts.astype(values.dtype()) : Tensor();
  if (sample_weight.defined()) {
    const Tensor mask = weights;
    // One value for the whole batch counts with each weight.
    if (values.rank() == 0) values = broadcast_to(values, sample_weight.shape());
    std::tie(values, weights) = detail::with_weights(values, sample_weight, name_.c_str());
    values = values * weights;
    if (mask.defined()) weights = weights * detail::with_weights(values, mask, name_.c_str()).second;
  }
  if (reduction_ == "none") return values;
  if (reduction_ == "sum") return sum(values);
  if (reduction_ == "mean_with_sample_weight" && weights.defined()) return mean_of(sum(values), sum(weights));
  if (counts.defined()) return mean_of(sum(values), sum(counts).astype(values.dtype()));
  return values.numel() == 0 ? sum(values) : mean(values);
}

void LossImpl::check_targets(const Tensor&, const Shape&) const {}

const LossImpl& LossImpl::fitting(const Shape&, const Shape&) const { return *this; }

std::shared_ptr<LossImpl> LossImpl::make(const std::string& name) {
  if (is_crossentropy_by_shape(name)) return crossentropy_by_shape(name);
  const config::Class<Loss>& entry = config::find_class(entries, "loss", name);
  // In Keras a name of the function, or a short one, is what the loss is called by then, as in logs of several losses.
  const Loss named_by_class = entry.make();
  if (name == entry.class_name || name == named_by_class.name()) return named_by_class.pointer();
  Config options = Config::dict();
  options.set("name", name);
  return entry.read(options, std::string(entry.class_name)).pointer();
}

Loss::Loss(std::function<Tensor(const Tensor&, const Tensor&)> function)
    : Loss(LossFunction("custom", std::move(function))) {}

LossFunction::LossFunction(std::string name, std::function<Tensor(const Tensor&, const Tensor&)> function,
                           std::string reduction)
    : Loss(std::make_shared<FunctionImpl>(std::move(name), std::move(function), std::move(reduction))) {}

Config serialize(const Loss& loss) {
  if (loss && loss->class_name() == "CrossentropyByShape") return loss.name();
  return config::serialize(loss.pointer().get(), "keras.losses");
}

Loss deserialize(const Config& config) { return config::deserialize<Loss>(entries, "loss", config); }

void LossOptions::fields(Fields& f) { f("name", name)("reduction", reduction).accept("dtype", {}); }

}  // namespace xtape::losses
