#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/operation.hpp"

// The operations that symbols know with options of their own.
namespace xtape::layers {
namespace {

using Inputs = std::vector<Tensor>;

constexpr std::string_view numpy = "keras.src.ops.numpy", nn = "keras.src.ops.nn", core = "keras.src.ops.core";

template <class Value>
Value read(const Config& options, const char* name) {
  try {
    Value value{};
    xtape::from_config(options.at(name), value);
    return value;
  } catch (Error& error) {
    error.set_message(std::string(name) + ": " + error.message());
    throw;
  }
}

double number(const Config& options, const char* name) { return read<double>(options, name); }
bool flag(const Config& options, const char* name) { return read<bool>(options, name); }

Axis axis_of(const Config& options, const char* name = "axis") {
  return static_cast<int>(read<int64_t>(options, name));
}

// One number, or a list of them.
std::vector<int64_t> numbers(const Config& options, const char* name) {
  if (options.at(name).is_integer()) return {options.at(name).integer()};
  return read<std::vector<int64_t>>(options, name);
}

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

std::vector<Tensor> split_at(const Tensor& x, const Config& options) {
  const Axis axis = axis_of(options);
  const Config& given = options.at("indices_or_sections");
  if (given.is_integer()) return split(x, given.integer(), axis);
  // Where parts begin, as NumPy has it, not how long they are.
  std::vector<int64_t> lengths;
  int64_t begin = 0;
  const int64_t length = x.shape(axis);
  for (int64_t end : read<std::vector<int64_t>>(options, "indices_or_sections")) {
    if (end < 0) end += length;
    end = std::clamp(end, begin, length);
    lengths.push_back(end - begin);
    begin = end;
  }
  lengths.push_back(length - begin);
  return split(x, lengths, axis);
}

Tensor tiled(const Tensor& x, const Config& options) {
  std::vector<int64_t> repeats = numbers(options, "repeats");
  while (static_cast<int>(repeats.size()) < x.rank()) repeats.insert(repeats.begin(), 1);
  Tensor result = with_rank(x, static_cast<int>(repeats.size()));
  for (int axis = 0; axis < result.rank(); ++axis) {
    const int64_t times = repeats[static_cast<std::size_t>(axis)];
    if (times < 1) throw ValueError("tile: repeats must be at least 1, given " + options.at("repeats").str());
    if (times > 1) result = xtape::concatenate(Inputs(static_cast<std::size_t>(times), result), axis);
  }
  return result;
}

Tensor one_hot_at(const Tensor& labels, const Config& options) {
  if (flag(options, "sparse")) throw ValueError("one_hot: sparse must be false, given true");
  const auto dtype = read<std::optional<DType>>(options, "dtype");
  const Tensor result = one_hot(labels, read<int64_t>(options, "num_classes"), dtype.value_or(float32));
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
  if (decimals == 0) return round(x);
  const double scale = std::pow(10.0, static_cast<double>(decimals));
  return round(x * scale) / scale;
}

Tensor padded(const Tensor& x, const Config& options) {
  if (options.at("mode") != Config("constant")) {
    throw ValueError("pad: mode must be \"constant\", given " + options.at("mode").str());
  }
  const Config& given = options.at("pad_width");
  std::vector<std::pair<int64_t, int64_t>> widths;
  const auto pair_of = [](const Config& pair) -> std::pair<int64_t, int64_t> {
    if (pair.is_integer()) return {pair.integer(), pair.integer()};
    const Config::List& both = pair.list();
    if (both.empty() || both.size() > 2) throw ValueError("pad: pad_width has pairs, given " + pair.str());
    return {both.front().integer(), both.back().integer()};
  };
  const bool for_all = given.is_integer() || (!given.list().empty() && given.list().front().is_integer());
  if (for_all) {
    widths.assign(static_cast<std::size_t>(x.rank()), pair_of(given));
  } else {
    for (const Config& each : given.list()) widths.push_back(pair_of(each));
    if (widths.size() == 1) widths.assign(static_cast<std::size_t>(x.rank()), widths.front());
  }
  return pad(x, widths);
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
  if (axes.list().size() != 2) throw ValueError("tensordot: axes are two lists, given " + axes.str());
  Axes of_a, of_b;
  xtape::from_config(axes.list()[0], of_a);
  xtape::from_config(axes.list()[1], of_b);
  return tensordot(a, b, of_a, of_b);
}

std::vector<Tensor> unstacked(const Tensor& x, const Config& options) {
  const Axis axis = axis_of(options);
  const auto number = read<std::optional<int64_t>>(options, "num");
  if (number && *number != x.shape(axis)) {
    throw ValueError("unstack: num is " + std::to_string(*number) + ", the length of the axis " +
                     std::to_string(x.shape(axis)));
  }
  return unstack(x, axis);
}

#define XTAPE_OPERATION(name, class_name, module, operands, added_axes, defaults, ...)                                \
  {                                                                                                                   \
    name, class_name, module, OperationForm::own_options, nullptr,                                                    \
        [](const Inputs& x, [[maybe_unused]] const Config& o) { return std::vector<Tensor>(__VA_ARGS__); }, defaults, \
        operands, added_axes                                                                                          \
  }
#define XTAPE_ONE(...) \
  { __VA_ARGS__ }

constexpr OperationEntry entries[] = {
    XTAPE_OPERATION("softmax", "Softmax", nn, 1, 0, R"({"axis": -1})", XTAPE_ONE(softmax(x[0], axis_of(o)))),
    XTAPE_OPERATION("log_softmax", "LogSoftmax", nn, 1, 0, R"({"axis": -1})", XTAPE_ONE(log_softmax(x[0], axis_of(o)))),
    XTAPE_OPERATION("sparsemax", "Sparsemax", nn, 1, 0, R"({"axis": -1})", XTAPE_ONE(sparsemax(x[0], axis_of(o)))),
    XTAPE_OPERATION("glu", "Glu", nn, 1, 0, R"({"axis": -1})", XTAPE_ONE(glu(x[0], axis_of(o)))),
    XTAPE_OPERATION("gelu", "Gelu", nn, 1, 0, R"({"approximate": true})",
                    XTAPE_ONE(gelu(x[0], flag(o, "approximate")))),
    XTAPE_OPERATION("leaky_relu", "LeakyRelu", nn, 1, 0, R"({"negative_slope": 0.2})",
                    XTAPE_ONE(leaky_relu(x[0], number(o, "negative_slope")))),
    XTAPE_OPERATION("elu", "Elu", nn, 1, 0, R"({"alpha": 1.0})", XTAPE_ONE(elu(x[0], number(o, "alpha")))),
    XTAPE_OPERATION("celu", "Celu", nn, 1, 0, R"({"alpha": 1.0})", XTAPE_ONE(celu(x[0], number(o, "alpha")))),
    XTAPE_OPERATION("squareplus", "Squareplus", nn, 1, 0, R"({"b": 4})", XTAPE_ONE(squareplus(x[0], number(o, "b")))),
    XTAPE_OPERATION("hard_shrink", "HardShrink", nn, 1, 0, R"({"threshold": 0.5})",
                    XTAPE_ONE(hard_shrink(x[0], number(o, "threshold")))),
    XTAPE_OPERATION("soft_shrink", "SoftShrink", nn, 1, 0, R"({"threshold": 0.5})",
                    XTAPE_ONE(soft_shrink(x[0], number(o, "threshold")))),
    XTAPE_OPERATION("threshold", "Threshold", nn, 1, 0, R"({"threshold": "required", "default_value": "required"})",
                    XTAPE_ONE(threshold(x[0], number(o, "threshold"), number(o, "default_value")))),
    XTAPE_OPERATION("normalize", "Normalize", nn, 1, 0, R"({"axis": -1, "order": 2, "epsilon": null})",
                    XTAPE_ONE(normalized(x[0], o))),
    XTAPE_OPERATION("one_hot", "OneHot", nn, 1, 1,
                    R"({"num_classes": "required", "axis": -1, "dtype": null, "sparse": false})",
                    XTAPE_ONE(one_hot_at(x[0], o))),
    XTAPE_OPERATION("clip", "Clip", numpy, 1, 0, R"({"x_min": "required", "x_max": "required"})",
                    XTAPE_ONE(clip(x[0], scalar_of(o, "x_min"), scalar_of(o, "x_max")))),
    XTAPE_OPERATION("round", "Round", numpy, 1, 0, R"({"decimals": 0})", XTAPE_ONE(rounded(x[0], o))),
    XTAPE_OPERATION("transpose", "Transpose", numpy, 1, 0, R"({"axes": null})", XTAPE_ONE(transposed(x[0], o))),
    XTAPE_OPERATION("swapaxes", "Swapaxes", numpy, 1, 0, R"({"axis1": "required", "axis2": "required"})",
                    XTAPE_ONE(swapaxes(x[0], axis_of(o, "axis1"), axis_of(o, "axis2")))),
    XTAPE_OPERATION("moveaxis", "Moveaxis", numpy, 1, 0, R"({"source": "required", "destination": "required"})",
                    XTAPE_ONE(moveaxis(x[0], read<Axes>(o, "source"), read<Axes>(o, "destination")))),
    XTAPE_OPERATION("flip", "Flip", numpy, 1, 0, R"({"axis": null})", XTAPE_ONE(flip(x[0], read<Axes>(o, "axis")))),
    XTAPE_OPERATION("ravel", "Ravel", numpy, 1, 0, "{}", XTAPE_ONE(x[0].reshape({-1}))),
    XTAPE_OPERATION("tile", "Tile", numpy, 1, 0, R"({"repeats": "required"})", XTAPE_ONE(tiled(x[0], o))),
    XTAPE_OPERATION("repeat", "Repeat", numpy, 1, 0, R"({"repeats": "required", "axis": null})",
                    XTAPE_ONE(repeat(along(x[0], o).first, read<int64_t>(o, "repeats"), along(x[0], o).second))),
    XTAPE_OPERATION("pad", "Pad", numpy, 1, 0, R"({"pad_width": "required", "mode": "constant"})",
                    XTAPE_ONE(padded(x[0], o))),
    XTAPE_OPERATION("argmax", "Argmax", numpy, 1, 0, R"({"axis": null, "keepdims": false})",
                    XTAPE_ONE(arg(argmax, x[0], o))),
    XTAPE_OPERATION("argmin", "Argmin", numpy, 1, 0, R"({"axis": null, "keepdims": false})",
                    XTAPE_ONE(arg(argmin, x[0], o))),
    XTAPE_OPERATION("split", "Split", numpy, 1, 0, R"({"indices_or_sections": "required", "axis": 0})",
                    split_at(x[0], o)),
    XTAPE_OPERATION("unstack", "Unstack", core, 1, 0, R"({"num": null, "axis": 0})", unstacked(x[0], o)),
    XTAPE_OPERATION("stack", "Stack", numpy, a_list, 1, R"({"axis": 0})", XTAPE_ONE(stack(x, axis_of(o)))),
    XTAPE_OPERATION("einsum", "Einsum", numpy, any_number, 0, R"({"subscripts": "required"})",
                    XTAPE_ONE(einsum(read<std::string>(o, "subscripts"), x))),
    XTAPE_OPERATION("take", "Take", numpy, 2, 0, R"({"axis": null})",
                    XTAPE_ONE(take(along(x[0], o).first, x[1], along(x[0], o).second))),
    XTAPE_OPERATION("take_along_axis", "TakeAlongAxis", numpy, 2, 0, R"({"axis": null})",
                    XTAPE_ONE(take_along_axis(along(x[0], o).first, along(x[1], o).first, along(x[0], o).second))),
    XTAPE_OPERATION("tensordot", "Tensordot", numpy, 2, 0, R"({"axes": 2})", XTAPE_ONE(contracted(x[0], x[1], o))),
};

#undef XTAPE_OPERATION
#undef XTAPE_ONE

}  // namespace

std::span<const OperationEntry> operations_with_options() { return entries; }

}  // namespace xtape::layers
