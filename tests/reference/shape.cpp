#include <optional>
#include <utility>
#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {
namespace {

Shape shape_of(const Config& arguments) {
  const std::vector<int64_t> lengths = arguments.integers("shape");
  return {lengths.begin(), lengths.end()};
}

std::vector<int> axes_of(const Config& arguments, const char* key = "axes") {
  const std::vector<int64_t> axes = arguments.integers(key);
  return {axes.begin(), axes.end()};
}

Tensors transposed(const Tensors& x, const Config& arguments) {
  if (!arguments.contains("axes")) return {transpose(x[0])};
  const std::vector<int> axes = axes_of(arguments);
  return {transpose(x[0], axes[0], axes[1])};
}

Tensors squeezed(const Tensors& x, const Config& arguments) {
  return {arguments.contains("axes") ? squeeze(x[0], axes_of(arguments)) : squeeze(x[0])};
}

Tensors sliced(const Tensors& x, const Config& arguments) {
  const auto bound = [&](const char* key) -> std::optional<Position> {
    if (!arguments.contains(key)) return std::nullopt;
    return Position(arguments.integer(key, 0));
  };
  const Slice range{.start = bound("start"), .stop = bound("stop"), .step = arguments.integer("step", 1)};
  return {x[0].slice(axis_of(arguments, 0), range)};
}

Tensors parted(const Tensors& x, const Config& arguments) {
  const int axis = axis_of(arguments, 0);
  if (arguments.contains("lengths")) return split(x[0], arguments.integers("lengths"), axis);
  return split(x[0], arguments.integer("sections", 1), axis);
}

std::vector<std::pair<int64_t, int64_t>> widths_of(const Config& arguments) {
  const std::vector<int64_t> flat = arguments.integers("widths");
  std::vector<std::pair<int64_t, int64_t>> widths;
  for (std::size_t i = 0; i < flat.size(); i += 2) widths.emplace_back(flat[i], flat[i + 1]);
  return widths;
}

}  // namespace

Calls shape_calls() {
  return {
      {"reshape",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {reshape(x[0], shape_of(arguments))}; }},
      {"swapaxes",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         const std::vector<int> axes = axes_of(arguments);
         return {swapaxes(x[0], axes[0], axes[1])};
       }},
      {"moveaxis",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {moveaxis(x[0], axes_of(arguments, "source"), axes_of(arguments, "destination"))};
       }},
      {"flip",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {arguments.contains("axes") ? flip(x[0], axes_of(arguments)) : flip(x[0])};
       }},
      {"unstack",
       [](const Tensors& x, const Config& arguments) -> Tensors { return unstack(x[0], axis_of(arguments, 0)); }},
      {"flatten",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {x[0].flatten(static_cast<int>(arguments.integer("start", 0)))};
       }},
      {"transpose", transposed},
      {"permute",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {permute(x[0], axes_of(arguments))}; }},
      {"squeeze", squeezed},
      {"expand_dims",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {expand_dims(x[0], axis_of(arguments, 0))}; }},
      {"broadcast_to",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {broadcast_to(x[0], shape_of(arguments))}; }},
      {"sum_to_shape",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {sum_to_shape(x[0], shape_of(arguments))}; }},
      {"slice", sliced},
      {"select",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {x[0].select(axis_of(arguments, 0), arguments.integer("index", 0))};
       }},
      {"index",
       [](const Tensors& x, const Config&) -> Tensors {
         return {x[0][{1, Slice{0, 3}}]};
       }},
      {"split", parted},
      {"concatenate",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {concatenate(x, axis_of(arguments, 0))}; }},
      {"stack", [](const Tensors& x, const Config& arguments) -> Tensors { return {stack(x, axis_of(arguments, 0))}; }},
      {"pad",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {pad(x[0], widths_of(arguments), arguments.number("value", 0))};
       }},
      {"crop",
       [](const Tensors& x, const Config& arguments) -> Tensors { return {crop(x[0], widths_of(arguments))}; }},
      {"repeat",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {repeat(x[0], arguments.integer("repeats", 1), axis_of(arguments, 0))};
       }},
  };
}

}  // namespace xtape::test
