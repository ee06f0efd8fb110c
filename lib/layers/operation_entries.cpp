#include <xtape/detail/names.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/operation.hpp"
#include "layers/symbolic_shapes.hpp"

// The operations that symbols know.
namespace xtape::layers {
namespace {

using Inputs = std::vector<Tensor>;
using Options = OperationOptions;
using enum OperationForm;

constexpr std::string_view numpy = "keras.src.ops.numpy", nn = "keras.src.ops.nn", core = "keras.src.ops.core",
                           math = "keras.src.ops.math";

Axes axes_of(const Options& options) { return options.axis ? *options.axis : Axes(); }

// The one axis; the last one by default.
Axis axis_of(const Options& options) {
  return options.axis && !options.axis->all() ? options.axis->values().front() : -1;
}

Tensor expanded(Tensor x, const Axes& axes) {
  for (const int place : new_axes(x.rank(), axes)) x = expand_dims(x, place);
  return x;
}

Tensor truth_of(const Tensor& x) { return x.dtype() == bool_ ? x : not_equal(x, 0); }

Tensor in_type(const Tensor& x, const Options& options) { return options.dtype ? x.astype(*options.dtype) : x; }

#define XTAPE_UNARY(op, name, class_name, module)                                                    \
  {                                                                                                  \
    name, class_name, module, unary, [](const Inputs& x, const Options&) { return xtape::op(x[0]); } \
  }
#define XTAPE_BINARY(op, name, class_name, form)                                                         \
  {                                                                                                      \
    name, class_name, numpy, form, [](const Inputs& x, const Options&) { return xtape::op(x[0], x[1]); } \
  }
#define XTAPE_REDUCTION(op, class_name)                                                                             \
  {                                                                                                                 \
#op, class_name, numpy, reduction,                                                                              \
        [](const Inputs& x, const Options& options) { return xtape::op(x[0], axes_of(options), options.keepdims); } \
  }
#define XTAPE_OTHER(name, class_name, module, form, result)                                              \
  {                                                                                                      \
    name, class_name, module, form,                                                                      \
        []([[maybe_unused]] const Inputs& x, [[maybe_unused]] const Options& options) { return result; } \
  }

constexpr OperationEntry entries[] = {
    XTAPE_BINARY(add, "add", "Add", binary),
    XTAPE_BINARY(subtract, "subtract", "Subtract", binary),
    XTAPE_BINARY(multiply, "multiply", "Multiply", binary),
    XTAPE_BINARY(divide, "divide", "Divide", binary),
    XTAPE_BINARY(divide, "true_divide", "TrueDivide", binary),
    XTAPE_BINARY(pow, "power", "Power", binary),
    XTAPE_BINARY(maximum, "maximum", "Maximum", binary),
    XTAPE_BINARY(minimum, "minimum", "Minimum", binary),
    XTAPE_BINARY(matmul, "matmul", "Matmul", binary),
    XTAPE_BINARY(equal, "equal", "Equal", comparison),
    XTAPE_BINARY(not_equal, "not_equal", "NotEqual", comparison),
    XTAPE_BINARY(less, "less", "Less", comparison),
    XTAPE_BINARY(less_equal, "less_equal", "LessEqual", comparison),
    XTAPE_BINARY(greater, "greater", "Greater", comparison),
    XTAPE_BINARY(greater_equal, "greater_equal", "GreaterEqual", comparison),
    XTAPE_BINARY(logical_and, "logical_and", "LogicalAnd", comparison),
    XTAPE_BINARY(logical_or, "logical_or", "LogicalOr", comparison),
    XTAPE_UNARY(logical_not, "logical_not", "LogicalNot", numpy),
    XTAPE_UNARY(abs, "absolute", "Absolute", numpy),
    XTAPE_UNARY(negative, "negative", "Negative", numpy),
    XTAPE_UNARY(exp, "exp", "Exp", numpy),
    XTAPE_UNARY(expm1, "expm1", "Expm1", numpy),
    XTAPE_UNARY(log, "log", "Log", numpy),
    XTAPE_UNARY(log1p, "log1p", "Log1p", numpy),
    XTAPE_UNARY(sqrt, "sqrt", "Sqrt", numpy),
    XTAPE_UNARY(square, "square", "Square", numpy),
    XTAPE_UNARY(sin, "sin", "Sin", numpy),
    XTAPE_UNARY(cos, "cos", "Cos", numpy),
    XTAPE_UNARY(tanh, "tanh", "Tanh", numpy),
    XTAPE_UNARY(relu, "relu", "Relu", nn),
    XTAPE_UNARY(sigmoid, "sigmoid", "Sigmoid", nn),
    XTAPE_UNARY(silu, "silu", "Silu", nn),
    XTAPE_UNARY(softplus, "softplus", "Softplus", nn),
    XTAPE_UNARY(relu6, "relu6", "Relu6", nn),
    XTAPE_UNARY(selu, "selu", "Selu", nn),
    XTAPE_UNARY(softsign, "softsign", "Softsign", nn),
    XTAPE_UNARY(log_sigmoid, "log_sigmoid", "LogSigmoid", nn),
    XTAPE_UNARY(hard_sigmoid, "hard_sigmoid", "HardSigmoid", nn),
    XTAPE_UNARY(hard_silu, "hard_silu", "HardSilu", nn),
    XTAPE_UNARY(hard_tanh, "hard_tanh", "HardTanh", nn),
    XTAPE_UNARY(tanh_shrink, "tanh_shrink", "TanhShrink", nn),
    XTAPE_UNARY(sparse_plus, "sparse_plus", "SparsePlus", nn),
    XTAPE_UNARY(sparse_sigmoid, "sparse_sigmoid", "SparseSigmoid", nn),
    XTAPE_UNARY(sign, "sign", "Sign", numpy),
    XTAPE_UNARY(floor, "floor", "Floor", numpy),
    XTAPE_UNARY(ceil, "ceil", "Ceil", numpy),
    XTAPE_UNARY(reciprocal, "reciprocal", "Reciprocal", numpy),
    XTAPE_UNARY(isnan, "isnan", "Isnan", numpy),
    XTAPE_UNARY(isfinite, "isfinite", "Isfinite", numpy),
    XTAPE_UNARY(rsqrt, "rsqrt", "Rsqrt", math),
    XTAPE_UNARY(erf, "erf", "Erf", math),
    XTAPE_REDUCTION(sum, "Sum"),
    XTAPE_REDUCTION(mean, "Mean"),
    XTAPE_REDUCTION(max, "Max"),
    XTAPE_REDUCTION(min, "Min"),
    XTAPE_OTHER("amax", "Amax", numpy, reduction, max(x[0], axes_of(options), options.keepdims)),
    XTAPE_OTHER("amin", "Amin", numpy, reduction, min(x[0], axes_of(options), options.keepdims)),
    XTAPE_REDUCTION(any, "Any"),
    XTAPE_REDUCTION(all, "All"),
    XTAPE_REDUCTION(var, "Var"),
    XTAPE_REDUCTION(std, "Std"),
    XTAPE_OTHER("prod", "Prod", numpy, reduction, in_type(prod(x[0], axes_of(options), options.keepdims), options)),
    XTAPE_OTHER("logsumexp", "Logsumexp", math, reduction, logsumexp(x[0], axes_of(options), options.keepdims)),
    XTAPE_OTHER("expand_dims", "ExpandDims", numpy, axis, expanded(x[0], axes_of(options))),
    XTAPE_OTHER("squeeze", "Squeeze", numpy, axis, squeeze(x[0], axes_of(options))),
    XTAPE_OTHER("concatenate", "Concatenate", numpy, list, concatenate(x, axis_of(options))),
    XTAPE_OTHER("zeros_like", "ZerosLike", numpy, dtype, in_type(zeros_like(x[0]), options)),
    XTAPE_OTHER("ones_like", "OnesLike", numpy, dtype, in_type(ones_like(x[0]), options)),
    XTAPE_OTHER("cast", "Cast", core, dtype, in_type(x[0], options)),
    // Masks of Attention in files of Keras.
    XTAPE_OTHER("convert_to_tensor", "ConvertToTensor", core, dtype, in_type(x[0], options)),
    XTAPE_OTHER("reshape", "Reshape", numpy, shape, x[0].reshape(*options.newshape)),
    XTAPE_OTHER("where", "Where", numpy, where, xtape::where(truth_of(x[0]), x[1], x[2])),
    {"get_item", "GetItem", numpy, item, nullptr},
};

#undef XTAPE_UNARY
#undef XTAPE_BINARY
#undef XTAPE_REDUCTION
#undef XTAPE_OTHER

const OperationEntry& find(std::string_view OperationEntry::*key, const std::string& value) {
  std::vector<std::string> known;
  for (const std::span<const OperationEntry> table :
       {std::span<const OperationEntry>(entries), operations_with_options()}) {
    for (const OperationEntry& entry : table) {
      if (entry.*key == value) return entry;
      known.emplace_back(entry.*key);
    }
  }
  detail::throw_unknown_name("operation", value, known);
}

}  // namespace

const OperationEntry& find_operation(const std::string& name) { return find(&OperationEntry::name, name); }

const OperationEntry& find_operation_class(const std::string& class_name) {
  return find(&OperationEntry::class_name, class_name);
}

}  // namespace xtape::layers
