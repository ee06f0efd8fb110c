#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/layers/operation.hpp>
#include <xtape/tensor.hpp>

#include "layers/item_key.hpp"
#include "layers/tensor_config.hpp"

// Operations on symbols.
namespace xtape {
namespace {

using layers::Operation;

Symbol apply(const char* op, std::vector<Symbol> symbols) { return Operation({.op = op})(symbols); }

Config to_constant(const char* op, const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError(std::string(op) + ": the tensor beside a symbol is undefined");
  return layers::tensor_to_config(tensor);
}
Config to_constant(const char*, Scalar number) {
  if (number.is_bool()) return number.to<bool>();
  if (number.is_floating()) return number.to<double>();
  if (number.fits<int64_t>()) return number.to<int64_t>();
  throw ValueError("the number " + number.str() + " beside a symbol is too large for int64");
}

template <class Constant>
Symbol with_constant(const char* op, const Symbol& x, const Constant& constant, bool constant_first) {
  return Operation({.op = op, .constant = to_constant(op, constant), .constant_first = constant_first})(x);
}
Symbol reduce(const char* op, const Symbol& x, const Axes& axes, bool keepdims) {
  return Operation({.op = op, .axis = axes, .keepdims = keepdims})(x);
}
Symbol select(std::vector<Symbol> symbols, Config condition, Config a, Config b) {
  return Operation({.op = "where", .constants = {std::move(condition), std::move(a), std::move(b)}})(symbols);
}
Symbol with_options(const char* op, const std::vector<Symbol>& symbols, const char* option, Config value) {
  Config options = Config::dict();
  options.set(option, std::move(value));
  return Operation({.op = op, .options = std::move(options)})(symbols);
}
Symbol get_item(const Symbol& x, Config key) { return Operation({.op = "get_item", .key = std::move(key)})(x); }

// The axis in question, behind those that are taken whole.
Symbol get_along(const Symbol& x, const char* what, Axis axis, const Index& index) {
  const int rank = x.rank(), given = axis, place = given < 0 ? given + rank : given;
  if (place < 0 || place >= rank) {
    throw IndexError(std::string(what) + ": axis " + std::to_string(given) + " is out of range for the shape " +
                     x.shape().str());
  }
  Config::List key;
  for (int i = 0; i < place; ++i) key.push_back(layers::item_key_to_config({Slice{}}).list().front());
  key.push_back(layers::item_key_to_config({index}).list().front());
  return get_item(x, std::move(key));
}

}  // namespace

Symbol Symbol::operator[](Position index) const { return get_item(*this, index.value()); }
Symbol Symbol::operator[](std::initializer_list<Index> indices) const {
  return get_item(*this, layers::item_key_to_config(indices));
}
Symbol Symbol::slice(Axis axis, const Slice& range) const { return get_along(*this, "slice", axis, range); }
Symbol Symbol::select(Axis axis, Position index) const { return get_along(*this, "select", axis, index.value()); }
Symbol Symbol::astype(DType dtype) const { return cast(*this, dtype); }

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
XTAPE_SYMBOLIC_UNARY(logical_not, "logical_not")
XTAPE_SYMBOLIC_UNARY(zeros_like, "zeros_like")
XTAPE_SYMBOLIC_UNARY(ones_like, "ones_like")
#undef XTAPE_SYMBOLIC_UNARY

#define XTAPE_SYMBOLIC_TENSORS(op, name)                                                   \
  Symbol op(const Symbol& a, const Symbol& b) { return apply(name, {a, b}); }              \
  Symbol op(const Symbol& a, const Tensor& b) { return with_constant(name, a, b, false); } \
  Symbol op(const Tensor& a, const Symbol& b) { return with_constant(name, b, a, true); }
#define XTAPE_SYMBOLIC_BINARY(op, name)                                             \
  XTAPE_SYMBOLIC_TENSORS(op, name)                                                  \
  Symbol op(const Symbol& a, Scalar b) { return with_constant(name, a, b, false); } \
  Symbol op(Scalar a, const Symbol& b) { return with_constant(name, b, a, true); }
XTAPE_SYMBOLIC_BINARY(add, "add")
XTAPE_SYMBOLIC_BINARY(subtract, "subtract")
XTAPE_SYMBOLIC_BINARY(multiply, "multiply")
XTAPE_SYMBOLIC_BINARY(divide, "divide")
XTAPE_SYMBOLIC_BINARY(true_divide, "true_divide")
XTAPE_SYMBOLIC_BINARY(pow, "power")
XTAPE_SYMBOLIC_BINARY(maximum, "maximum")
XTAPE_SYMBOLIC_BINARY(minimum, "minimum")
XTAPE_SYMBOLIC_BINARY(equal, "equal")
XTAPE_SYMBOLIC_BINARY(not_equal, "not_equal")
XTAPE_SYMBOLIC_BINARY(less, "less")
XTAPE_SYMBOLIC_BINARY(less_equal, "less_equal")
XTAPE_SYMBOLIC_BINARY(greater, "greater")
XTAPE_SYMBOLIC_BINARY(greater_equal, "greater_equal")
XTAPE_SYMBOLIC_TENSORS(matmul, "matmul")
XTAPE_SYMBOLIC_TENSORS(logical_and, "logical_and")
XTAPE_SYMBOLIC_TENSORS(logical_or, "logical_or")
#undef XTAPE_SYMBOLIC_BINARY
#undef XTAPE_SYMBOLIC_TENSORS

#define XTAPE_SYMBOLIC_REDUCTION(op)                                                   \
  Symbol op(const Symbol& x, const Axes& axes) { return reduce(#op, x, axes, false); } \
  Symbol op(const Symbol& x, const Axes& axes, bool keepdims) { return reduce(#op, x, axes, keepdims); }
XTAPE_SYMBOLIC_REDUCTION(sum)
XTAPE_SYMBOLIC_REDUCTION(mean)
XTAPE_SYMBOLIC_REDUCTION(max)
XTAPE_SYMBOLIC_REDUCTION(min)
XTAPE_SYMBOLIC_REDUCTION(any)
XTAPE_SYMBOLIC_REDUCTION(all)
XTAPE_SYMBOLIC_REDUCTION(var)
XTAPE_SYMBOLIC_REDUCTION(prod)
#undef XTAPE_SYMBOLIC_REDUCTION

Symbol expand_dims(const Symbol& x, Axis axis) { return Operation({.op = "expand_dims", .axis = axis})(x); }
Symbol squeeze(const Symbol& x, const Axes& axes) { return Operation({.op = "squeeze", .axis = axes})(x); }
Symbol reshape(const Symbol& x, const Shape& newshape) { return Operation({.op = "reshape", .newshape = newshape})(x); }
Symbol where(const Symbol& condition, const Symbol& a, const Symbol& b) { return apply("where", {condition, a, b}); }
Symbol where(const Symbol& condition, const Symbol& a, const Tensor& b) {
  return select({condition, a}, {}, {}, to_constant("where", b));
}
Symbol where(const Symbol& condition, const Symbol& a, Scalar b) {
  return select({condition, a}, {}, {}, to_constant("where", b));
}
Symbol where(const Symbol& condition, const Tensor& a, const Symbol& b) {
  return select({condition, b}, {}, to_constant("where", a), {});
}
Symbol where(const Symbol& condition, Scalar a, const Symbol& b) {
  return select({condition, b}, {}, to_constant("where", a), {});
}
Symbol where(const Symbol& condition, Scalar a, Scalar b) {
  return select({condition}, {}, to_constant("where", a), to_constant("where", b));
}
Symbol cast(const Symbol& x, DType dtype) { return Operation({.op = "cast", .dtype = dtype})(x); }

Symbol softmax(const Symbol& x) { return softmax(x, -1); }
Symbol softmax(const Symbol& x, Axis axis) { return with_options("softmax", {x}, "axis", to_config(axis)); }
Symbol log_softmax(const Symbol& x) { return log_softmax(x, -1); }
Symbol log_softmax(const Symbol& x, Axis axis) { return with_options("log_softmax", {x}, "axis", to_config(axis)); }
Symbol gelu(const Symbol& x) { return gelu(x, false); }
Symbol gelu(const Symbol& x, bool approximate) { return with_options("gelu", {x}, "approximate", approximate); }
Symbol clip(const Symbol& x, Scalar low, Scalar high) {
  Config options = Config::dict();
  options.set("x_min", to_constant("clip", low));
  options.set("x_max", to_constant("clip", high));
  return Operation({.op = "clip", .options = options})(x);
}
Symbol argmax(const Symbol& x, Axis axis) { return with_options("argmax", {x}, "axis", to_config(axis)); }
Symbol argmin(const Symbol& x, Axis axis) { return with_options("argmin", {x}, "axis", to_config(axis)); }
Symbol permute(const Symbol& x, const std::vector<int>& axes) {
  return with_options("transpose", {x}, "axes", to_config(axes));
}
std::vector<Symbol> split(const Symbol& x, int64_t sections, Axis axis) {
  Config options = Config::dict();
  options.set("indices_or_sections", sections);
  options.set("axis", to_config(axis));
  return Operation({.op = "split", .options = options}).call_all({x});
}
Symbol take(const Symbol& x, const Tensor& indices, Axis axis) {
  Config options = Config::dict();
  options.set("axis", to_config(axis));
  return Operation({.op = "take", .constant = to_constant("take", indices), .options = options})(x);
}
Symbol take(const Symbol& x, const Symbol& indices, Axis axis) {
  return with_options("take", {x, indices}, "axis", to_config(axis));
}
Symbol one_hot(const Symbol& labels, int64_t classes) {
  return with_options("one_hot", {labels}, "num_classes", classes);
}
Symbol stack_symbols(const std::vector<Symbol>& symbols, Axis axis) {
  return with_options("stack", symbols, "axis", to_config(axis));
}
Symbol einsum_of_symbols(const std::string& equation, const std::vector<Symbol>& operands) {
  return with_options("einsum", operands, "subscripts", equation);
}

Symbol concatenate(const std::vector<Symbol>& symbols, Axis axis) {
  return layers::Concatenate({.axis = axis})(symbols);
}

}  // namespace xtape
