#include <string_view>
#include <vector>
#include <xtape/activations/activation.hpp>
#include <xtape/detail/calls.hpp>
#include <xtape/detail/fused_activations.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>

namespace xtape::activations {
namespace {

using Function = Tensor (*)(const Tensor&);

struct Entry {
  std::string_view name;
  Function function;
};

// Klambauer et al., Self-normalizing neural networks, 2017.
constexpr double selu_alpha = 1.6732632423543772848170429916717;
constexpr double selu_scale = 1.0507009873554804934193349852946;

constexpr Entry entries[] = {
    {"linear", nullptr},
    {"relu", relu},
    {"relu6", relu6},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }},
    {"elu", [](const Tensor& x) { return elu(x); }},
    {"selu", [](const Tensor& x) { return selu_scale * elu(x, selu_alpha); }},
    {"gelu", [](const Tensor& x) { return gelu(x); }},
    {"sigmoid", sigmoid},
    {"hard_sigmoid", hard_sigmoid},
    {"silu", silu},
    {"swish", silu},
    {"softplus", softplus},
    {"softsign", softsign},
    {"mish", mish},
    {"tanh", tanh},
    {"exponential", exp},
    {"softmax", [](const Tensor& x) { return softmax(x); }},
    {"log_softmax", [](const Tensor& x) { return log_softmax(x); }},
};

const Entry& find(const std::string& name) {
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry;
    known.emplace_back(entry.name);
  }
  detail::throw_unknown_name("activation", name, known);
}

}  // namespace

Activation::Activation(const std::string& name) : name_(name) {
  const Entry& entry = find(name);
  if (entry.function) function_ = entry.function;
  // A cross-entropy looks for the logits behind a sigmoid, which a fused one does not keep.
  fused_ = detail::is_fused_activation(name) && entry.function != sigmoid;
}

Activation::Activation(std::function<Tensor(const Tensor&)> function, const char* name)
    : name_(name), function_(std::move(function)) {
  if (!function_) throw ValueError("activation: the function is empty");
}

bool Activation::is(Function function) const {
  const Function* own = function_.target<Function>();
  return own && *own == function;
}

Tensor Activation::operator()(const Tensor& x) const {
  if (is_linear()) return x;
  const Tensor y = function_(x);
  detail::check_elementwise("activation", x, y);
  return y;
}

}  // namespace xtape::activations
