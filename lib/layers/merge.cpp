#include <algorithm>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

// @throws ValueError for fewer than two.
void check_several(const std::vector<Tensor>& inputs) {
  if (inputs.size() < 2) throw ValueError("expected at least 2 tensors, given " + std::to_string(inputs.size()));
}

// A step counts where it does in any input, as in Keras; one without a mask counts everywhere, which needs none.
Tensor united_mask(const std::vector<Tensor>& masks) {
  Tensor united = masks.front();
  for (const Tensor& mask : masks) {
    if (!mask.defined()) return {};
    united = logical_or(united, mask);
  }
  return united;
}

class AddImpl : public LayerImpl {
 public:
  explicit AddImpl(MergeOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const std::vector<Tensor>& inputs) {
    check_several(inputs);
    Tensor sum = inputs[0] + inputs[1];
    for (std::size_t i = 2; i < inputs.size(); ++i) sum = sum + inputs[i];
    return sum;
  }

  Tensor compute_masks(const std::vector<Tensor>&, const std::vector<Tensor>& masks) override {
    return united_mask(masks);
  }

 private:
  MergeOptions given_;
};

class ConcatenateImpl : public LayerImpl {
 public:
  explicit ConcatenateImpl(ConcatenateOptions given) : LayerImpl(layer_options(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const std::vector<Tensor>& inputs) {
    check_several(inputs);
    return concatenate(inputs, given_.axis);
  }

  // A step of the result counts where it does in any input that it came from.
  Tensor compute_masks(const std::vector<Tensor>& inputs, const std::vector<Tensor>& masks) override {
    const auto defined = [](const Tensor& mask) { return mask.defined(); };
    if (std::none_of(masks.begin(), masks.end(), defined)) return {};
    std::vector<Tensor> elements;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Tensor mask = masks[i].defined() ? masks[i] : full(inputs[i].shape(), true);
      if (mask.rank() < inputs[i].rank()) mask = broadcast_to(mask.expand_dims(-1), inputs[i].shape());
      elements.push_back(mask.astype(bool_));
    }
    return any(concatenate(elements, given_.axis), -1);
  }

 private:
  ConcatenateOptions given_;
};

}  // namespace

void MergeOptions::fields(Fields& f) { layer_fields(f, *this); }

void ConcatenateOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("axis", axis);
}

Add::Add(MergeOptions options) : Layer(make_layer<AddImpl>(std::move(options))) {}

Add Add::from_config(const Config& config) { return Add(read_fields<MergeOptions>(config, "Add")); }

Concatenate::Concatenate(ConcatenateOptions options) : Layer(make_layer<ConcatenateImpl>(std::move(options))) {}

Concatenate Concatenate::from_config(const Config& config) {
  return Concatenate(read_fields<ConcatenateOptions>(config, "Concatenate"));
}

}  // namespace xtape::layers
