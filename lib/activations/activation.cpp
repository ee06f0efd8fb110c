#include <string_view>
#include <vector>
#include <xtape/activations/activation.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
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

// Its derivative is 0 at 0 and at 6, as in Keras; that of clip is 1 there.
Tensor relu6(const Tensor& x) { return where(x < 6, relu(x), 6); }

constexpr Entry entries[] = {
    {"linear", nullptr},
    {"relu", [](const Tensor& x) { return relu(x); }},
    {"relu6", relu6},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }},
    {"elu", [](const Tensor& x) { return elu(x); }},
    {"selu", [](const Tensor& x) { return selu_scale * elu(x, selu_alpha); }},
    {"gelu", [](const Tensor& x) { return gelu(x); }},
    {"sigmoid", [](const Tensor& x) { return sigmoid(x); }},
    {"hard_sigmoid", [](const Tensor& x) { return relu6(x + 3) / 6; }},
    {"silu", [](const Tensor& x) { return silu(x); }},
    {"swish", [](const Tensor& x) { return silu(x); }},
    {"softplus", [](const Tensor& x) { return softplus(x); }},
    {"softsign", [](const Tensor& x) { return x / (abs(x) + 1); }},
    {"mish", [](const Tensor& x) { return x * tanh(softplus(x)); }},
    {"tanh", [](const Tensor& x) { return tanh(x); }},
    {"exponential", [](const Tensor& x) { return exp(x); }},
    {"softmax", [](const Tensor& x) { return softmax(x); }},
    {"log_softmax", [](const Tensor& x) { return log_softmax(x); }},
};

Function find(const std::string& name) {
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry.function;
    known.emplace_back(entry.name);
  }
  detail::throw_unknown_name("activation", name, known);
}

}  // namespace

Activation::Activation(const std::string& name) : name_(name) {
  if (const Function function = find(name)) function_ = function;
}

}  // namespace xtape::activations
