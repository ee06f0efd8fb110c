#include <algorithm>
#include <string_view>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/layers/operation.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/layer_fields.hpp"
#include "layers/symbolic_shapes.hpp"

namespace xtape::layers {
namespace {

// One of the three is not null.
struct Entry {
  std::string_view name;
  Tensor (*unary)(const Tensor& x);
  Tensor (*binary)(const Tensor& a, const Tensor& b);
  Tensor (*reduction)(const Tensor& x, const Axes& axes, bool keepdims);
};

#define XTAPE_UNARY(op)                                                 \
  {                                                                     \
#op, [](const Tensor& x) { return xtape::op(x); }, nullptr, nullptr \
  }
#define XTAPE_BINARY(op)                                                                    \
  {                                                                                         \
#op, nullptr, [](const Tensor& a, const Tensor& b) { return xtape::op(a, b); }, nullptr \
  }
#define XTAPE_REDUCTION(op)                                                                           \
  {                                                                                                   \
#op, nullptr, nullptr,                                                                            \
        [](const Tensor& x, const Axes& axes, bool keepdims) { return xtape::op(x, axes, keepdims); } \
  }

// Keras's names.
constexpr Entry entries[] = {
    XTAPE_BINARY(add),      XTAPE_BINARY(subtract),
    XTAPE_BINARY(multiply), XTAPE_BINARY(divide),
    XTAPE_BINARY(maximum),  XTAPE_BINARY(minimum),
    XTAPE_BINARY(matmul),   {"power", nullptr, [](const Tensor& a, const Tensor& b) { return pow(a, b); }, nullptr},
    XTAPE_UNARY(negative),  XTAPE_UNARY(abs),
    XTAPE_UNARY(exp),       XTAPE_UNARY(log),
    XTAPE_UNARY(sqrt),      XTAPE_UNARY(square),
    XTAPE_UNARY(relu),      XTAPE_UNARY(sigmoid),
    XTAPE_UNARY(tanh),      XTAPE_REDUCTION(sum),
    XTAPE_REDUCTION(mean),  XTAPE_REDUCTION(max),
};

#undef XTAPE_UNARY
#undef XTAPE_BINARY
#undef XTAPE_REDUCTION

const Entry& find(const std::string& name) {
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry;
    known.emplace_back(entry.name);
  }
  detail::throw_unknown_name("operation", name, known);
}

class OperationImpl : public LayerImpl {
 public:
  explicit OperationImpl(OperationOptions given)
      : LayerImpl(layer_options(given)), given_(std::move(given)), entry_(find(given_.op)) {}

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const std::vector<Tensor>& inputs) {
    calls::check_inputs(tensors(), inputs.size());
    if (entry_.unary) return entry_.unary(inputs[0]);
    if (entry_.reduction) return entry_.reduction(inputs[0], given_.axis.value_or(Axes{}), given_.keepdims);
    if (!given_.scalar) return entry_.binary(inputs[0], inputs[1]);
    const Tensor number = Tensor(*given_.scalar).astype(inputs[0].dtype());
    return given_.scalar_first ? entry_.binary(number, inputs[0]) : entry_.binary(inputs[0], number);
  }

  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override {
    const std::vector<Symbol>& inputs = arguments.inputs;
    calls::check_inputs(tensors(), inputs.size());
    if (entry_.reduction || entry_.name == "matmul") return output_shapes_on_zeros(arguments);
    if (inputs.size() == 1) return {inputs[0].shape()};
    return {broadcast_shapes(given_.op, inputs[0].shape(), inputs[1].shape())};
  }

  Tensor compute_masks(const std::vector<Tensor>&, const std::vector<Tensor>& masks) override {
    return entry_.reduction ? Tensor() : masks.front();
  }

 private:
  std::size_t tensors() const { return entry_.binary && !given_.scalar ? 2 : 1; }

  OperationOptions given_;
  const Entry& entry_;
};

OperationOptions with_name(OperationOptions options) {
  if (options.name.empty()) options.name = detail::unique_name(find(options.op).name.data());
  return options;
}

}  // namespace

void OperationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("op", op)("scalar", scalar)("scalar_first", scalar_first)("axis", axis)("keepdims", keepdims);
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
Symbol with_number(const char* op, const Symbol& x, double number, bool number_first = false) {
  return Operation({.op = op, .scalar = number, .scalar_first = number_first, .dtype = x.dtype()})(x);
}
Symbol reduce(const char* op, const Symbol& x, const Axes& axes, bool keepdims) {
  return Operation({.op = op, .axis = axes, .keepdims = keepdims, .dtype = x.dtype()})(x);
}

}  // namespace

Symbol add(const Symbol& a, const Symbol& b) { return apply("add", {a, b}); }
Symbol add(const Symbol& a, double b) { return with_number("add", a, b); }
Symbol subtract(const Symbol& a, const Symbol& b) { return apply("subtract", {a, b}); }
Symbol subtract(const Symbol& a, double b) { return with_number("subtract", a, b); }
Symbol subtract(double a, const Symbol& b) { return with_number("subtract", b, a, true); }
Symbol multiply(const Symbol& a, const Symbol& b) { return apply("multiply", {a, b}); }
Symbol multiply(const Symbol& a, double b) { return with_number("multiply", a, b); }
Symbol divide(const Symbol& a, const Symbol& b) { return apply("divide", {a, b}); }
Symbol divide(const Symbol& a, double b) { return with_number("divide", a, b); }
Symbol divide(double a, const Symbol& b) { return with_number("divide", b, a, true); }
Symbol pow(const Symbol& x, double exponent) { return with_number("power", x, exponent); }
Symbol maximum(const Symbol& a, const Symbol& b) { return apply("maximum", {a, b}); }
Symbol minimum(const Symbol& a, const Symbol& b) { return apply("minimum", {a, b}); }
Symbol matmul(const Symbol& a, const Symbol& b) { return apply("matmul", {a, b}); }
Symbol negative(const Symbol& x) { return apply("negative", {x}); }
Symbol abs(const Symbol& x) { return apply("abs", {x}); }
Symbol exp(const Symbol& x) { return apply("exp", {x}); }
Symbol log(const Symbol& x) { return apply("log", {x}); }
Symbol sqrt(const Symbol& x) { return apply("sqrt", {x}); }
Symbol square(const Symbol& x) { return apply("square", {x}); }
Symbol relu(const Symbol& x) { return apply("relu", {x}); }
Symbol sigmoid(const Symbol& x) { return apply("sigmoid", {x}); }
Symbol tanh(const Symbol& x) { return apply("tanh", {x}); }
Symbol sum(const Symbol& x, const Axes& axes, bool keepdims) { return reduce("sum", x, axes, keepdims); }
Symbol mean(const Symbol& x, const Axes& axes, bool keepdims) { return reduce("mean", x, axes, keepdims); }
Symbol max(const Symbol& x, const Axes& axes, bool keepdims) { return reduce("max", x, axes, keepdims); }

Symbol concatenate(const std::vector<Symbol>& symbols, Axis axis) {
  return layers::Concatenate({.axis = axis})(symbols);
}

}  // namespace xtape
