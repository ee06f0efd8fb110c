#include <xtape/error.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::layers {

Merge::Merge(std::string name) : Layer({.name = std::move(name)}) {}

Tensor Merge::operator()(const std::vector<Tensor>& inputs) {
  const Tensor result = with_path([&] {
    if (inputs.size() < 2) {
      throw ValueError("expected at least 2 tensors, given " + std::to_string(inputs.size()));
    }
    return merge(inputs);
  });
  ensure_built(inputs[0].shape());
  return result;
}

Tensor Merge::call(const Tensor&, bool) { throw ValueError("expected a list of at least 2 tensors, given one tensor"); }

Tensor Add::merge(const std::vector<Tensor>& inputs) const {
  Tensor sum = inputs[0] + inputs[1];
  for (std::size_t i = 2; i < inputs.size(); ++i) sum = sum + inputs[i];
  return sum;
}

Tensor Concatenate::merge(const std::vector<Tensor>& inputs) const { return concatenate(inputs, axis_); }

}  // namespace xtape::layers
