#include <string_view>
#include <tuple>
#include <vector>
#include <xtape/detail/calls.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/losses/loss.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::losses {
namespace {

struct Entry {
  std::string_view name;
  std::string_view alias;
  std::string_view class_name;
  std::shared_ptr<Loss> (*make)();
};

template <class Class>
std::shared_ptr<Loss> make() {
  return std::make_shared<Class>();
}

constexpr Entry entries[] = {
    {"mean_squared_error", "mse", "MeanSquaredError", make<MeanSquaredError>},
    {"mean_absolute_error", "mae", "MeanAbsoluteError", make<MeanAbsoluteError>},
    {"binary_crossentropy", "bce", "BinaryCrossentropy", make<BinaryCrossentropy>},
    {"categorical_crossentropy", "", "CategoricalCrossentropy", make<CategoricalCrossentropy>},
    {"sparse_categorical_crossentropy", "", "SparseCategoricalCrossentropy", make<SparseCategoricalCrossentropy>},
};

// 0 with the graph of `total`, which may be no number where nothing counts.
Tensor nothing_of(const Tensor& total) { return where(Tensor(false), total, 0); }

}  // namespace

Loss::Loss(std::string name, std::string reduction) : name_(std::move(name)), reduction_(std::move(reduction)) {
  const std::vector<std::string> known = {"sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none"};
  for (const std::string& reduction_name : known) {
    if (reduction_ == reduction_name) return;
  }
  detail::throw_unknown_name("reduction of " + name_, reduction_, known);
}

Tensor Loss::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const {
  detail::check_defined(name_.c_str(), y_true, y_pred);
  const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
  Tensor values = call(target, prediction);
  detail::check_returned(name_ + ": call", values);
  Tensor counts = counted(target, prediction);
  if (has_mask(y_pred)) {
    const Tensor unmasked = detail::with_weights(values, mask_of(y_pred), name_.c_str()).second;
    counts = broadcast_to(counts.defined() ? unmasked * counts.astype(values.dtype()) : unmasked, values.shape());
  }
  Tensor weights = counts.defined() ? counts.astype(values.dtype()) : Tensor();
  if (sample_weight.defined()) {
    const Tensor mask = weights;
    std::tie(values, weights) = detail::with_weights(values, sample_weight, name_.c_str());
    if (mask.defined()) weights = weights * detail::with_weights(values, mask, name_.c_str()).second;
  }
  if (weights.defined()) values = values * weights;
  if (reduction_ == "none") return values;
  if (reduction_ == "sum") return sum(values);
  if (reduction_ == "mean_with_sample_weight" && weights.defined()) {
    const Tensor total = sum(values), divisor = sum(weights);
    return divisor.item() == 0 ? nothing_of(total) : total / divisor;
  }
  const double count = counts.defined() ? sum(counts).item() : static_cast<double>(values.numel());
  if (count == 0) return nothing_of(sum(values));
  return counts.defined() ? sum(values) / count : mean(values);
}

LossFunction::LossFunction(std::string name, std::function<Tensor(const Tensor&, const Tensor&)> function,
                           std::string reduction)
    : Loss(std::move(name), std::move(reduction)), function_(std::move(function)) {
  if (!function_) throw ValueError(this->name() + ": the function of the loss is empty");
}

void Loss::check_targets(const Tensor&, const Shape&) const {}

Tensor Loss::counted(const Tensor&, const Tensor&) const { return {}; }

std::shared_ptr<Loss> Loss::from_name(const std::string& name) {
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    if (name == entry.name || name == entry.class_name) return entry.make();
    if (!entry.alias.empty()) {
      if (name == entry.alias) return entry.make();
      known.emplace_back(entry.alias);
    }
    known.emplace_back(entry.name);
  }
  detail::throw_unknown_name("loss", name, known);
}

}  // namespace xtape::losses
