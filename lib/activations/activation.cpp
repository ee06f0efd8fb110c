#include <string_view>
#include <vector>
#include <xtape/activations/activation.hpp>
#include <xtape/config.hpp>
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

// Keras's, and its aliases.
constexpr Entry entries[] = {
    {"linear", nullptr},
    {"relu", relu},
    {"relu6", relu6},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }},
    {"elu", [](const Tensor& x) { return elu(x); }},
    {"selu", selu},
    {"celu", [](const Tensor& x) { return celu(x); }},
    {"gelu", [](const Tensor& x) { return gelu(x); }},
    {"glu", [](const Tensor& x) { return glu(x); }},
    {"sigmoid", sigmoid},
    {"log_sigmoid", log_sigmoid},
    {"hard_sigmoid", hard_sigmoid},
    {"sparse_sigmoid", sparse_sigmoid},
    {"silu", silu},
    {"swish", silu},
    {"hard_silu", hard_silu},
    {"hard_swish", hard_silu},
    {"softplus", softplus},
    {"sparse_plus", sparse_plus},
    {"squareplus", [](const Tensor& x) { return squareplus(x); }},
    {"softsign", softsign},
    {"mish", mish},
    {"tanh", tanh},
    {"hard_tanh", hard_tanh},
    {"tanh_shrink", tanh_shrink},
    {"hard_shrink", [](const Tensor& x) { return hard_shrink(x); }},
    {"soft_shrink", [](const Tensor& x) { return soft_shrink(x); }},
    {"exponential", exp},
    {"softmax", [](const Tensor& x) { return softmax(x); }},
    {"log_softmax", [](const Tensor& x) { return log_softmax(x); }},
    {"sparsemax", [](const Tensor& x) { return sparsemax(x); }},
};

const Entry& find(const std::string& name) {
  if (name == "threshold") {
    throw ValueError(
        "activation: threshold has no defaults; give a function such as "
        "[](const Tensor& x) { return threshold(x, 0.5, 7); }");
  }
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
  keeps_shape_ = name != "glu";
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
  if (keeps_shape_) detail::check_elementwise("activation", x, y);
  return y;
}

Shape Activation::compute_output_shape(const Shape& shape) const {
  if (keeps_shape_) return shape;
  if (shape.rank() == 0 || (shape.back() != -1 && shape.back() % 2 != 0)) {
    throw ShapeError(name_ + ": expected an even last length, of whose halves one gates the other, given " +
                     shape.str());
  }
  Shape halved = shape;
  if (halved.back() != -1) halved.back() /= 2;
  return halved;
}

Config to_config(const Activation& activation) {
  if (activation.name() != "custom") return activation.name();
  throw ValueError("an activation that is a function of one's own cannot be written");
}

void from_config(const Config& config, Activation& activation) {
  // {"module": "keras.activations", "class_name": "function", "config": "gelu", ...}
  const Config& given = config.is_dict() ? config.at("config") : config;
  if (given.is_dict()) {
    const Config* class_name = config.find("class_name");
    throw ValueError("activation: expected a function, given a layer, " +
                     (class_name ? class_name->str() : given.str()) + "; call that layer behind this one instead");
  }
  activation = given.is_null() ? Activation() : Activation(given.text());
}

}  // namespace xtape::activations
