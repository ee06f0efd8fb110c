#include <string_view>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/losses/loss.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/ops/arithmetic.hpp>
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

}  // namespace

Loss::Loss(std::string name, std::string reduction) : name_(std::move(name)), reduction_(std::move(reduction)) {
  const std::vector<std::string> known = {"sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none"};
  for (const std::string& reduction_name : known) {
    if (reduction_ == reduction_name) return;
  }
  detail::throw_unknown_name("reduction of " + name_, reduction_, known);
}

Tensor Loss::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) const {
  const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
  Tensor values = call(target, prediction);
  Tensor weights;
  if (sample_weight.defined()) {
    weights = detail::weights_for(values, sample_weight, name_.c_str());
    values = values * weights;
  }
  if (reduction_ == "none") return values;
  if (reduction_ == "sum") return sum(values);
  if (reduction_ == "mean_with_sample_weight" && weights.defined()) {
    return sum(values) / sum(weights.broadcast_to(values.shape()));
  }
  return mean(values);
}

void Loss::check_targets(const Tensor&, const Shape&) const {}

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
