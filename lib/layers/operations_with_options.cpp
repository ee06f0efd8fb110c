#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/operation.hpp"
#include "layers/operation_shapes.hpp"
#include "layers/own_options.hpp"

// The operations that symbols know with options of their own.
namespace xtape::layers {
namespace {

using namespace own_options;

using Inputs = std::vector<Tensor>;
using enum Operands;

constexpr std::string_view numpy = "keras.src.ops.numpy", nn = "keras.src.ops.nn", core = "keras.src.ops.core";

Scalar scalar_of(const Config& options, const char* name) {
  const Config& value = options.at(name);
  return value.is_integer() ? Scalar(value.integer()) : Scalar(number(options, name));
}

// Along an axis, or of all elements in one row, for None.
std::pair<Tensor, Axis> along(const Tensor& x, const Config& options) {
  if (options.at("axis").is_null()) return {x.reshape({-1}), 0};
  return {x, axis_of(options)};
}

Tensor with_rank(const Tensor& x, int rank) {
  Shape shape = x.shape();
  while (shape.rank() < rank) shape.insert(0, 1);
  return x.reshape(shape);
}

template <class Arg>
Tensor arg(const Arg& along_axis, const Tensor& x, const Config& options) {
  const auto [values, axis] = along(x, options);
  const bool keepdims = flag(options, "keepdims");
  if (!options.at("axis").is_null()) return along_axis(values, axis, keepdims);
  const Tensor result = along_axis(values, axis, false);
  return keepdims ? with_rank(result, x.rank()) : result;
}

// Each slice on its own, or all elements, or those along several axes together.
template <class Function>
Tensor along_axes(const Function& function, const Tensor& x, const Config& options) {
  const auto axes = read<Axes>(options, "axis");
  if (axes.all()) return function(x.reshape({-1}), 0).reshape(x.shape());
  if (axes.values().size() == 1) return function(x, axes.values()[0]);
  std::vector<int> last;
  for (std::size_t i = 0; i < axes.values().size(); ++i) last.insert(last.begin(), -1 - static_cast<int>(i));
  const Tensor moved = moveaxis(x, axes, last);
  const auto behind = moved.shape().end() - static_cast<std::ptrdiff_t>(last.size());
  Shape together(moved.shape().begin(), behind);
  together.push_back(Shape(behind, moved.shape().end()).numel());
  return moveaxis(function(moved.reshape(together), -1).reshape(moved.shape()), last, axes);
}

// Where in a tensor: Keras takes numbers of any type.
Tensor positions(const Tensor& given) { return is_integer(given.dtype()) ? given : given.astype(int64); }

std::vector<Tensor> split_at(const Tensor& x, const Config& options) {
  const Axis axis = axis_of(options);
  const Config& given = options.at("indices_or_sections");
  if (given.is_integer()) return split(x, given.integer(), axis);
  // Where parts begin and end, as NumPy has it, not how long they are.
  std::vector<Tensor> parts;
  int64_t begin = 0;
  for (const int64_t end : read<std::vector<int64_t>>(options, "indices_or_sections")) {
    parts.push_back(x.slice(axis, {.start = begin, .stop = end}));
    begin = end;
  }
  parts.push_back(x.slice(axis, {.start = begin}));
  return parts;
}

Tensor repeated(const Tensor& given, const Config& options) {
  const auto [x, axis] = along(given, options);
  const std::vector<int64_t> repeats = own_options::repeats(options, "repeat");
  if (repeats.size() == 1) return repeat(x, repeats[0], axis);
  const std::vector<Tensor> slices = split(x, static_cast<int64_t>(repeats.size()), axis);
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < slices.size(); ++i) parts.push_back(repeat(slices[i], repeats[i], axis));
  return xtape::concatenate(parts, axis);
}

Tensor tiled(const Tensor& x, const Config& options) {
  std::vector<int64_t> repeats = own_options::repeats(options, "tile");
  while (static_cast<int>(repeats.size()) < x.rank()) repeats.insert(repeats.begin(), 1);
  const Shape shape = with_rank(x, static_cast<int>(repeats.size())).shape();
  // Each axis with one in front of it, along which it is repeated.
  Shape apart, repeated, together;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    apart.push_back(1);
    apart.push_back(shape[i]);
    repeated.push_back(repeats[i]);
    repeated.push_back(shape[i]);
    together.push_back(Shape{repeats[i], shape[i]}.numel());
  }
  return x.reshape(apart).broadcast_to(repeated).reshape(together);
}

Tensor one_hot_at(const Tensor& labels, const Config& options) {
  const auto dtype = read<std::optional<DType>>(options, "dtype");
  // As in Keras, a label that is no class has zeros.
  const Tensor all = arange(classes(options));
  const Tensor result = equal(expand_dims(positions(labels), -1), all).astype(dtype.value_or(float32));
  return moveaxis(result, -1, axis_of(options));
}

Tensor normalized(const Tensor& x, const Config& options) {
  const auto axes = read<Axes>(options, "axis");
  const double order = number(options, "order");
  // Keras takes the norm of matrices there.
  if (order != 2 && (axes.all() || axes.values().size() > 1)) {
    throw ValueError("normalize: order must be 2 along several axes, given " + options.at("order").str());
  }
  return normalize(x, axes, order, read<std::optional<double>>(options, "epsilon").value_or(1e-7));
}

Tensor rounded(const Tensor& x, const Config& options) {
  const auto decimals = read<int64_t>(options, "decimals");
  if (decimals >= 0 && !is_floating(x.dtype())) return x;
  if (decimals == 0) return round(x);
  const double scale = std::pow(10.0, static_cast<double>(decimals));
  return round(x * scale) / scale;
}

Tensor padded(const Tensor& x, const Config& options) {
  const Scalar value = options.at("constant_values").is_null() ? Scalar(0) : scalar_of(options, "constant_values");
  return pad(x, pad_widths(options, x.rank()), value);
}

Tensor transposed(const Tensor& x, const Config& options) {
  std::vector<int> axes;
  for (int axis = x.rank() - 1; axis >= 0; --axis) axes.push_back(axis);
  if (!options.at("axes").is_null()) {
    axes.clear();
    for (const int64_t axis : numbers(options, "axes")) axes.push_back(static_cast<int>(axis));
  }
  return permute(x, axes);
}

Tensor contracted(const Tensor& a, const Tensor& b, const Config& options) {
  const Config& axes = options.at("axes");
  if (axes.is_integer()) return tensordot(a, b, axes.integer());
  Axes of_a, of_b;
  xtape::from_config(axes.list()[0], of_a);
  xtape::from_config(axes.list()[1], of_b);
  return tensordot(a, b, of_a, of_b);
}

std::vector<Tensor> unstacked(const Tensor& x, const Config& options) {
  const int axis = axis_of(options);
  const auto number = read<std::optional<int64_t>>(options, "num");
  if (number && *number != x.shape(axis)) {
    throw ValueError("unstack: num is " + std::to_string(*number) + ", the length of the axis " +
                     std::to_string(x.shape(axis)));
  }
  return unstack(x, axis);
}

// The elements that `indices` name, whose other axes broadcast with those of x.
Tensor taken_along(const Tensor& given, const Tensor& indices, const Config& options) {
  Tensor x = along(given, options).first, where = positions(along(indices, options).first);
  const Axis axis = along(given, options).second;
  const int place = static_cast<int>(axis) < 0 ? static_cast<int>(axis) + x.rank() : static_cast<int>(axis);
  Shape of_x = x.shape(), of_indices = where.shape();
  if (of_x.rank() == of_indices.rank() && place >= 0 && place < of_x.rank()) {
    of_x[place] = of_indices[place] = 1;
    Shape both = broadcast_shapes(of_x, of_indices, "take_along_axis");
    both[place] = x.shape(place);
    if (x.shape() != both) x = x.broadcast_to(both);
    both[place] = where.shape(place);
    if (where.shape() != both) where = where.broadcast_to(both);
  }
  return take_along_axis(x, where, axis);
}

DType same_type(DType first, const Config&) { return first; }
DType glu_type(DType first, const Config&) { return glu(zeros({2}, first), 0).dtype(); }
DType given_type(DType, const Config& options) {
  return read<std::optional<DType>>(options, "dtype").value_or(float32);
}

#define XTAPE_OPERATION(name, class_name, module, defaults, operands, shapes, dtype, ...)                             \
  {                                                                                                                   \
    name, class_name, module, OperationForm::own_options, nullptr,                                                    \
        [](const Inputs& x, [[maybe_unused]] const Config& o) { return std::vector<Tensor>(__VA_ARGS__); }, defaults, \
        operands, shapes, dtype                                                                                       \
  }
#define XTAPE_ONE(...) \
  { __VA_ARGS__ }
// Each element stays where it is.
#define XTAPE_ELEMENTWISE(name, class_name, module, defaults, ...) \
  XTAPE_OPERATION(name, class_name, module, defaults, one, nullptr, nullptr, XTAPE_ONE(__VA_ARGS__))
// The elements of one tensor in other places.
#define XTAPE_MOVED(name, class_name, module, defaults, shapes, ...) \
  XTAPE_OPERATION(name, class_name, module, defaults, one, operation_shapes::shapes, same_type, __VA_ARGS__)

constexpr OperationEntry entries[] = {
    XTAPE_ELEMENTWISE("softmax", "Softmax", nn, R"({"axis": -1})",
                      along_axes([](const Tensor& t, Axis axis) { return softmax(t, axis); }, x[0], o)),
    XTAPE_ELEMENTWISE("log_softmax", "LogSoftmax", nn, R"({"axis": -1})",
                      along_axes([](const Tensor& t, Axis axis) { return log_softmax(t, axis); }, x[0], o)),
    XTAPE_ELEMENTWISE("sparsemax", "Sparsemax", nn, R"({"axis": -1})", sparsemax(x[0], axis_of(o))),
    XTAPE_ELEMENTWISE("gelu", "Gelu", nn, R"({"approximate": true})", gelu(x[0], flag(o, "approximate"))),
    XTAPE_ELEMENTWISE("leaky_relu", "LeakyRelu", nn, R"({"negative_slope": 0.2})",
                      leaky_relu(x[0], number(o, "negative_slope"))),
    XTAPE_ELEMENTWISE("elu", "Elu", nn, R"({"alpha": 1.0})", elu(x[0], number(o, "alpha"))),
    XTAPE_ELEMENTWISE("celu", "Celu", nn, R"({"alpha": 1.0})", celu(x[0], number(o, "alpha"))),
    XTAPE_ELEMENTWISE("squareplus", "Squareplus", nn, R"({"b": 4})", squareplus(x[0], number(o, "b"))),
    XTAPE_ELEMENTWISE("hard_shrink", "HardShrink", nn, R"({"threshold": 0.5})",
                      hard_shrink(x[0], number(o, "threshold"))),
    XTAPE_ELEMENTWISE("soft_shrink", "SoftShrink", nn, R"({"threshold": 0.5})",
                      soft_shrink(x[0], number(o, "threshold"))),
    XTAPE_ELEMENTWISE("threshold", "Threshold", nn, R"({"threshold": "required", "default_value": "required"})",
                      threshold(x[0], number(o, "threshold"), number(o, "default_value"))),
    XTAPE_ELEMENTWISE("normalize", "Normalize", nn, R"({"axis": -1, "order": 2, "epsilon": null})",
                      normalized(x[0], o)),
    XTAPE_ELEMENTWISE("clip", "Clip", numpy, R"({"x_min": "required", "x_max": "required"})",
                      clip(x[0], scalar_of(o, "x_min"), scalar_of(o, "x_max"))),
    XTAPE_ELEMENTWISE("round", "Round", numpy, R"({"decimals": 0})", rounded(x[0], o)),
    XTAPE_OPERATION("glu", "Glu", nn, R"({"axis": -1})", one, operation_shapes::glu, glu_type,
                    XTAPE_ONE(glu(x[0], axis_of(o)))),
    XTAPE_OPERATION("one_hot", "OneHot", nn,
                    R"({"num_classes": "required", "axis": -1, "dtype": null, "sparse": false})", one,
                    operation_shapes::one_hot, given_type, XTAPE_ONE(one_hot_at(x[0], o))),
    XTAPE_MOVED("transpose", "Transpose", numpy, R"({"axes": null})", transpose, XTAPE_ONE(transposed(x[0], o))),
    XTAPE_MOVED("swapaxes", "Swapaxes", numpy, R"({"axis1": "required", "axis2": "required"})", swapaxes,
                XTAPE_ONE(swapaxes(x[0], axis_of(o, "axis1"), axis_of(o, "axis2")))),
    XTAPE_MOVED("moveaxis", "Moveaxis", numpy, R"({"source": "required", "destination": "required"})", moveaxis,
                XTAPE_ONE(moveaxis(x[0], read<Axes>(o, "source"), read<Axes>(o, "destination")))),
    XTAPE_MOVED("flip", "Flip", numpy, R"({"axis": null})", flip, XTAPE_ONE(flip(x[0], read<Axes>(o, "axis")))),
    XTAPE_MOVED("ravel", "Ravel", numpy, "{}", ravel, XTAPE_ONE(x[0].reshape({-1}))),
    XTAPE_MOVED("tile", "Tile", numpy, R"({"repeats": "required"})", tile, XTAPE_ONE(tiled(x[0], o))),
    XTAPE_MOVED("repeat", "Repeat", numpy, R"({"repeats": "required", "axis": null})", repeat,
                XTAPE_ONE(repeated(x[0], o))),
    XTAPE_MOVED("split", "Split", numpy, R"({"indices_or_sections": "required", "axis": 0})", split, split_at(x[0], o)),
    XTAPE_MOVED("unstack", "Unstack", core, R"({"num": null, "axis": 0})", unstack, unstacked(x[0], o)),
    {"pad", "Pad", numpy, OperationForm::own_options, nullptr,
     [](const Inputs& x, const Config& o) { return Inputs{padded(x[0], o)}; },
     R"({"pad_width": "required", "mode": "constant", "constant_values": null})", one, operation_shapes::pad, same_type,
     "constant_values"},
    XTAPE_OPERATION("argmax", "Argmax", numpy, R"({"axis": null, "keepdims": false})", one, operation_shapes::argmax,
                    nullptr, XTAPE_ONE(arg(argmax, x[0], o))),
    XTAPE_OPERATION("argmin", "Argmin", numpy, R"({"axis": null, "keepdims": false})", one, operation_shapes::argmin,
                    nullptr, XTAPE_ONE(arg(argmin, x[0], o))),
    XTAPE_OPERATION("stack", "Stack", numpy, R"({"axis": 0})", list, operation_shapes::stack, nullptr,
                    XTAPE_ONE(stack(x, axis_of(o)))),
    XTAPE_OPERATION("einsum", "Einsum", numpy, R"({"subscripts": "required"})", any_number, operation_shapes::einsum,
                    nullptr, XTAPE_ONE(einsum(read<std::string>(o, "subscripts"), x))),
    XTAPE_OPERATION("take", "Take", numpy, R"({"axis": null})", tensor_and_positions, operation_shapes::take, same_type,
                    XTAPE_ONE(take(along(x[0], o).first, positions(x[1]), along(x[0], o).second))),
    XTAPE_OPERATION("take_along_axis", "TakeAlongAxis", numpy, R"({"axis": null})", tensor_and_positions,
                    operation_shapes::take_along_axis, same_type, XTAPE_ONE(taken_along(x[0], x[1], o))),
    XTAPE_OPERATION("tensordot", "Tensordot", numpy, R"({"axes": 2})", two, operation_shapes::tensordot, nullptr,
                    XTAPE_ONE(contracted(x[0], x[1], o))),
};

#undef XTAPE_OPERATION
#undef XTAPE_ONE
#undef XTAPE_ELEMENTWISE
#undef XTAPE_MOVED

}  // namespace

std::vector<std::pair<int64_t, int64_t>> own_options::pad_widths(const Config& options, int rank) {
  if (options.at("mode") != Config("constant")) {
    throw ValueError("pad: mode must be \"constant\", given " + options.at("mode").str());
  }
  const Config& given = options.at("pad_width");
  const auto pair_of = [&](const Config& pair) -> std::pair<int64_t, int64_t> {
    const Config::List both = pair.is_integer() ? Config::List{pair} : pair.list();
    if (both.empty() || both.size() > 2) throw ValueError("pad: pad_width has pairs, given " + pair.str());
    if (both.front().integer() < 0 || both.back().integer() < 0) {
      throw ValueError("pad: pad_width must not be negative, given " + given.str());
    }
    return {both.front().integer(), both.back().integer()};
  };
  std::vector<std::pair<int64_t, int64_t>> widths;
  if (given.is_integer() || (!given.list().empty() && given.list().front().is_integer())) {
    widths.push_back(pair_of(given));
  } else {
    for (const Config& each : given.list()) widths.push_back(pair_of(each));
  }
  if (widths.size() == 1) widths.assign(static_cast<std::size_t>(rank), widths.front());
  if (widths.size() != static_cast<std::size_t>(rank)) {
    throw ShapeError("pad: expected a pair for each of " + std::to_string(rank) + " axes, given " + given.str());
  }
  return widths;
}

std::span<const OperationEntry> operations_with_options() { return entries; }

}  // namespace xtape::layers
