#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/vmap.hpp>

#include "autograd/batch_level.hpp"
#include "autograd/variable.hpp"
#include "core/checks.hpp"

namespace xtape {
namespace {

using Tensors = std::vector<Tensor>;

void check_count(const char* option, const MappedAxes& axes, const char* what, std::size_t count) {
  if (axes.for_all() || axes.size() == count) return;
  throw ValueError("vmap: " + std::string(option) + " has " + std::to_string(axes.size()) + " axes for " +
                   std::to_string(count) + " " + what);
}

std::string numbered(const char* what, std::size_t i) { return std::string("vmap: ") + what + " " + std::to_string(i); }

// The mapped axes of the inputs, counted from the front; -1 for those that are not mapped.
std::vector<int> mapped_axes(const Tensors& inputs, const MappedAxes& in_axes) {
  check_count("in_axes", in_axes, "inputs", inputs.size());
  std::vector<int> axes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    core::check_defined(numbered("input", i).c_str(), inputs[i]);
    axes.push_back(in_axes[i] ? core::checked_axis(numbered("input", i).c_str(), *in_axes[i], inputs[i].rank()) : -1);
  }
  return axes;
}

int64_t example_count(const Tensors& inputs, const std::vector<int>& axes) {
  int64_t count = -1;
  std::size_t first = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (axes[i] < 0) continue;
    const int64_t length = inputs[i].shape(axes[i]);
    if (count < 0) {
      count = length;
      first = i;
    } else if (length != count) {
      throw ShapeError("vmap: mapped axes must have one length: axis " + std::to_string(axes[first]) + " of input " +
                       std::to_string(first) + ", " + inputs[first].shape().str() + ", has " + std::to_string(count) +
                       ", axis " + std::to_string(axes[i]) + " of input " + std::to_string(i) + ", " +
                       inputs[i].shape().str() + ", has " + std::to_string(length));
    }
  }
  if (count < 0) throw ValueError("vmap: in_axes maps no input; without one there are no examples");
  if (count == 0) throw ValueError("vmap: there are no examples: the mapped axes have length 0");
  return count;
}

// An input as the function gets it: one example, with its part of the mask. A mask that ends before the mapped axis is
// that of all examples.
Tensor inward(const autograd::BatchLevel& level, const Tensor& stack, const Tensor& mask, int axis) {
  const Tensor example = level.map(stack);
  if (!mask.defined()) return example;
  return with_mask(example, axis < mask.rank() ? level.map(autograd::moved(mask, axis, 0)) : mask);
}

// An output, which has no lift of a level that has ended, with its examples where they are wanted.
Tensor outward(const autograd::BatchLevel& level, const Tensor& output, const std::optional<int>& axis, std::size_t i) {
  const autograd::Mapped lowered = level.lower(output);
  if (!axis) {
    if (!lowered.mapped) return output;
    throw ValueError(numbered("output", i) + " differs between examples, out_axes says that it is unmapped");
  }
  const int position = core::checked_axis(numbered("output", i).c_str(), *axis, lowered.rank() + 1);
  const autograd::Level::Below below(level);
  return autograd::moved(autograd::stacked(lowered, level.examples()), 0, position);
}

Tensors run(const std::function<Tensors(const Tensors&)>& function, const VmapOptions& options, const Tensors& inputs) {
  const std::vector<int> axes = mapped_axes(inputs, options.in_axes);
  const autograd::Examples examples{example_count(inputs, axes), options.randomness};
  Tensors stacks;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    stacks.push_back(axes[i] < 0 ? inputs[i] : autograd::moved(inputs[i], axes[i], 0));
  }

  Tensors results;
  {
    const autograd::LevelScope<autograd::BatchLevel> level(examples);
    Tensors mapped;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      mapped.push_back(axes[i] < 0 ? autograd::own_argument(stacks[i])
                                   : inward(*level, stacks[i], mask_of(inputs[i]), axes[i]));
    }
    const Tensors outputs = function(mapped);
    check_count("out_axes", options.out_axes, "outputs", outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      core::check_defined(numbered("output", i).c_str(), outputs[i]);
      results.push_back(outward(*level, autograd::without_dead_lifts(outputs[i]), options.out_axes[i], i));
    }
  }
  return results;
}

}  // namespace

std::function<Tensors(const Tensors&)> vmap(std::function<Tensors(const Tensors&)> function, VmapOptions options) {
  if (!function) throw ValueError("vmap: the function is empty");
  return [function = std::move(function), options = std::move(options)](const Tensors& inputs) {
    return run(function, options, inputs);
  };
}

std::function<Tensor(const Tensor&)> vmap(std::function<Tensor(const Tensor&)> function, VmapOptions options) {
  if (!function) throw ValueError("vmap: the function is empty");
  const auto of_lists = vmap([function = std::move(function)](const Tensors& x) -> Tensors { return {function(x[0])}; },
                             std::move(options));
  return [of_lists](const Tensor& x) { return of_lists(Tensors{x})[0]; };
}

}  // namespace xtape
