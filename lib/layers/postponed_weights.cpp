#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/calls.hpp>
#include <xtape/detail/postponed_weights.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::detail {
namespace {

constinit thread_local PostponedWeights* current = nullptr;

// Those that draw have a seed. One of one's own that cannot be written says nothing of itself.
bool draws(const initializers::Initializer& initializer) {
  try {
    const Config options = initializer->get_config();
    return options.is_dict() && options.find("seed");
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

PostponedWeights::PostponedWeights() : around_(std::exchange(current, this)) {}

PostponedWeights::~PostponedWeights() { current = around_; }

bool PostponedWeights::takes(const initializers::Initializer& initializer) { return current && draws(initializer); }

void PostponedWeights::add(const std::string& name, const Tensor& value, const initializers::Initializer& initializer) {
  current->all_.push_back({name, value, initializer});
}

void PostponedWeights::draw_others(const std::function<bool(const Tensor& value)>& is_set) const {
  const NoGrad no_grad;
  for (const auto& [name, value, initializer] : all_) {
    // A layer of one's own may have read its weights itself.
    if (is_set(value) || any(value != 0.0).item<bool>()) continue;
    const Tensor drawn = initializer(value.shape(), value.dtype());
    check_returned("the initializer of " + name, drawn);
    value.assign(drawn);
  }
}

}  // namespace xtape::detail
