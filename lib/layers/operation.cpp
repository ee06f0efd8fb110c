#include "layers/operation.hpp"

#include <string_view>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/layer_fields.hpp"
#include "layers/symbolic_shapes.hpp"
#include "layers/tensor_config.hpp"

namespace xtape::layers {
namespace {

constexpr std::string_view numpy = "keras.src.ops.numpy", nn = "keras.src.ops.nn";

#define XTAPE_UNARY(op, class_name, module)                               \
  {                                                                       \
#op, class_name, module, [](const Tensor& x) { return xtape::op(x); } \
  }
#define XTAPE_BINARY(op, class_name)                                                                  \
  {                                                                                                   \
#op, class_name, numpy, nullptr, [](const Tensor& a, const Tensor& b) { return xtape::op(a, b); } \
  }
#define XTAPE_REDUCTION(op, class_name)                                                               \
  {                                                                                                   \
#op, class_name, numpy, nullptr, nullptr,                                                         \
        [](const Tensor& x, const Axes& axes, bool keepdims) { return xtape::op(x, axes, keepdims); } \
  }

constexpr OperationEntry entries[] = {
    XTAPE_BINARY(add, "Add"),
    XTAPE_BINARY(subtract, "Subtract"),
    XTAPE_BINARY(multiply, "Multiply"),
    XTAPE_BINARY(divide, "Divide"),
    XTAPE_BINARY(maximum, "Maximum"),
    XTAPE_BINARY(minimum, "Minimum"),
    XTAPE_BINARY(matmul, "Matmul"),
    {"power", "Power", numpy, nullptr, [](const Tensor& a, const Tensor& b) { return pow(a, b); }},
    {"absolute", "Absolute", numpy, [](const Tensor& x) { return abs(x); }},
    XTAPE_UNARY(negative, "Negative", numpy),
    XTAPE_UNARY(exp, "Exp", numpy),
    XTAPE_UNARY(expm1, "Expm1", numpy),
    XTAPE_UNARY(log, "Log", numpy),
    XTAPE_UNARY(log1p, "Log1p", numpy),
    XTAPE_UNARY(sqrt, "Sqrt", numpy),
    XTAPE_UNARY(square, "Square", numpy),
    XTAPE_UNARY(sin, "Sin", numpy),
    XTAPE_UNARY(cos, "Cos", numpy),
    XTAPE_UNARY(tanh, "Tanh", numpy),
    XTAPE_UNARY(relu, "Relu", nn),
    XTAPE_UNARY(sigmoid, "Sigmoid", nn),
    XTAPE_UNARY(silu, "Silu", nn),
    XTAPE_UNARY(softplus, "Softplus", nn),
    XTAPE_REDUCTION(sum, "Sum"),
    XTAPE_REDUCTION(mean, "Mean"),
    XTAPE_REDUCTION(max, "Max"),
    XTAPE_REDUCTION(min, "Min"),
};

#undef XTAPE_UNARY
#undef XTAPE_BINARY
#undef XTAPE_REDUCTION

const OperationEntry& find(const std::string& name) {
  std::vector<std::string> known;
  for (const OperationEntry& entry : entries) {
    if (entry.name == name) return entry;
    known.emplace_back(entry.name);
  }
  detail::throw_unknown_name("operation", name, known);
}

const OperationEntry& find_class(const std::string& class_name) {
  std::vector<std::string> known;
  for (const OperationEntry& entry : entries) {
    if (entry.class_name == class_name) return entry;
    known.emplace_back(entry.class_name);
  }
  detail::throw_unknown_name("operation", class_name, known);
}

OperationOptions with_name(OperationOptions options) {
  if (options.name.empty()) options.name = detail::unique_name(std::string(find(options.op).name));
  return options;
}

// Whether it is a number or a tensor, and no symbol.
bool is_constant(const Config& config) { return config.is_number() || is_tensor_config(config); }

}  // namespace

OperationImpl::OperationImpl(OperationOptions given)
    : LayerImpl(layer_options(given)), given_(std::move(given)), entry_(find(given_.op)) {
  if (!has_constant()) return;
  if (!is_constant(given_.constant)) {
    throw ValueError("the constant must be a number or a tensor, given " + given_.constant.str(), name());
  }
  if (!given_.constant.is_number()) constant_ = tensor_from_config(given_.constant);
}

void OperationImpl::fields(Fields& f) { given_.fields(f); }

Tensor OperationImpl::call(const std::vector<Tensor>& inputs) {
  calls::check_inputs(tensors(), inputs.size());
  if (entry_.unary) return entry_.unary(inputs[0]);
  if (entry_.reduction) {
    const Axes all;
    return entry_.reduction(inputs[0], given_.axis ? *given_.axis : all, given_.keepdims);
  }
  if (!has_constant()) return entry_.binary(inputs[0], inputs[1]);
  const Tensor constant = constant_.defined() ? constant_ : Tensor(given_.constant.number()).astype(inputs[0].dtype());
  return given_.constant_first ? entry_.binary(constant, inputs[0]) : entry_.binary(inputs[0], constant);
}

std::vector<Shape> OperationImpl::compute_output_shapes(const Arguments<Symbol>& arguments) {
  const std::vector<Symbol>& inputs = arguments.inputs;
  calls::check_inputs(tensors(), inputs.size());
  if (entry_.reduction || entry_.name == "matmul") return output_shapes_on_zeros(arguments);
  if (inputs.size() == 2) return {broadcast_shapes(given_.op, inputs[0].shape(), inputs[1].shape())};
  if (constant_.defined()) return {broadcast_shapes(given_.op, inputs[0].shape(), constant_.shape())};
  return {inputs[0].shape()};
}

// That of the first operand, unless the others stretch the axes that it is for.
Tensor OperationImpl::compute_masks(const std::vector<Tensor>& inputs, const std::vector<Tensor>& masks) {
  const Tensor& mask = masks.front();
  if (entry_.reduction || !mask.defined()) return {};
  for (const Tensor& input : inputs) {
    const int offset = inputs[0].rank() - input.rank();
    if (offset < 0) return {};
    for (int axis = offset; axis < mask.rank(); ++axis) {
      if (input.shape(axis - offset) > mask.shape(axis)) return {};
    }
  }
  return mask;
}

Config OperationImpl::keras_config(bool with_constant) const {
  Config config = Config::dict();
  config.set("module", std::string(entry_.module));
  config.set("class_name", class_name());
  Config options = Config::dict();
  options.set("name", name());
  if (dtype() != float32) options.set("dtype", to_config(dtype()));
  if (entry_.reduction) {
    options.set("axis", given_.axis ? to_config(*given_.axis) : Config());
    options.set("keepdims", given_.keepdims);
  }
  if (with_constant && has_constant()) {
    options.set("constant", given_.constant);
    options.set("constant_first", given_.constant_first);
  }
  config.set("config", std::move(options));
  config.set("registered_name", class_name());
  return config;
}

Config::List OperationImpl::call_arguments(Config::List symbols) const {
  if (has_constant()) symbols.insert(given_.constant_first ? symbols.begin() : symbols.end(), given_.constant);
  return symbols;
}

bool is_operation(const Config& config) {
  const Config* module = config.find("module");
  return module && module->is_text() && module->text().starts_with("keras.src.ops.");
}

Layer operation_of(const Config& config) {
  auto options = read_fields<OperationOptions>(config.at("config"), config.at("class_name").text());
  options.op = find_class(config.at("class_name").text()).name;
  const Config* calls = config.find("inbound_nodes");
  if (calls && !calls->list().empty()) {
    const Config::List& arguments = calls->list().front().at("args").list();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (!is_constant(arguments[i])) continue;
      options.constant = arguments[i];
      options.constant_first = i == 0;
    }
  }
  return Operation(std::move(options));
}

void OperationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("op", op)("constant", constant)("constant_first", constant_first)("axis", axis)("keepdims", keepdims);
}

Operation::Operation(OperationOptions options) : Layer(make_layer<OperationImpl>(with_name(std::move(options)))) {}

Operation Operation::from_config(const Config& config) {
  return Operation(read_fields<OperationOptions>(config, "Operation"));
}

}  // namespace xtape::layers

namespace xtape {
namespace {

using layers::Operation;

Symbol apply(const char* op, std::vector<Symbol> symbols) {
  const DType dtype = symbols.front().dtype();
  return Operation({.op = op, .dtype = dtype})(symbols);
}
Symbol with_constant(const char* op, const Symbol& x, Config constant, bool constant_first) {
  return Operation({.op = op, .constant = std::move(constant), .constant_first = constant_first, .dtype = x.dtype()})(
      x);
}
Symbol reduce(const char* op, const Symbol& x, const Axes& axes, bool keepdims) {
  return Operation({.op = op, .axis = axes, .keepdims = keepdims, .dtype = x.dtype()})(x);
}

}  // namespace

#define XTAPE_SYMBOLIC_UNARY(op, name) \
  Symbol op(const Symbol& x) { return apply(name, {x}); }
XTAPE_SYMBOLIC_UNARY(negative, "negative")
XTAPE_SYMBOLIC_UNARY(abs, "absolute")
XTAPE_SYMBOLIC_UNARY(exp, "exp")
XTAPE_SYMBOLIC_UNARY(expm1, "expm1")
XTAPE_SYMBOLIC_UNARY(log, "log")
XTAPE_SYMBOLIC_UNARY(log1p, "log1p")
XTAPE_SYMBOLIC_UNARY(sqrt, "sqrt")
XTAPE_SYMBOLIC_UNARY(square, "square")
XTAPE_SYMBOLIC_UNARY(sin, "sin")
XTAPE_SYMBOLIC_UNARY(cos, "cos")
XTAPE_SYMBOLIC_UNARY(tanh, "tanh")
XTAPE_SYMBOLIC_UNARY(relu, "relu")
XTAPE_SYMBOLIC_UNARY(sigmoid, "sigmoid")
XTAPE_SYMBOLIC_UNARY(silu, "silu")
XTAPE_SYMBOLIC_UNARY(softplus, "softplus")
#undef XTAPE_SYMBOLIC_UNARY

#define XTAPE_SYMBOLIC_TENSORS(op, name)                                                                             \
  Symbol op(const Symbol& a, const Symbol& b) { return apply(name, {a, b}); }                                        \
  Symbol op(const Symbol& a, const Tensor& b) { return with_constant(name, a, layers::tensor_to_config(b), false); } \
  Symbol op(const Tensor& a, const Symbol& b) { return with_constant(name, b, layers::tensor_to_config(a), true); }
#define XTAPE_SYMBOLIC_BINARY(op, name)                                             \
  XTAPE_SYMBOLIC_TENSORS(op, name)                                                  \
  Symbol op(const Symbol& a, double b) { return with_constant(name, a, b, false); } \
  Symbol op(double a, const Symbol& b) { return with_constant(name, b, a, true); }
XTAPE_SYMBOLIC_BINARY(add, "add")
XTAPE_SYMBOLIC_BINARY(subtract, "subtract")
XTAPE_SYMBOLIC_BINARY(multiply, "multiply")
XTAPE_SYMBOLIC_BINARY(divide, "divide")
XTAPE_SYMBOLIC_BINARY(pow, "power")
XTAPE_SYMBOLIC_BINARY(maximum, "maximum")
XTAPE_SYMBOLIC_BINARY(minimum, "minimum")
XTAPE_SYMBOLIC_TENSORS(matmul, "matmul")
#undef XTAPE_SYMBOLIC_BINARY
#undef XTAPE_SYMBOLIC_TENSORS

#define XTAPE_SYMBOLIC_REDUCTION(op)                                                   \
  Symbol op(const Symbol& x, const Axes& axes) { return reduce(#op, x, axes, false); } \
  Symbol op(const Symbol& x, const Axes& axes, bool keepdims) { return reduce(#op, x, axes, keepdims); }
XTAPE_SYMBOLIC_REDUCTION(sum)
XTAPE_SYMBOLIC_REDUCTION(mean)
XTAPE_SYMBOLIC_REDUCTION(max)
XTAPE_SYMBOLIC_REDUCTION(min)
#undef XTAPE_SYMBOLIC_REDUCTION

Symbol concatenate(const std::vector<Symbol>& symbols, Axis axis) {
  return layers::Concatenate({.axis = axis})(symbols);
}

}  // namespace xtape
