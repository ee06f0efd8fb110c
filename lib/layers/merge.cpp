#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

// @throws ValueError for fewer than two.
void check_several(const std::vector<Tensor>& inputs) {
  if (inputs.size() < 2) throw ValueError("expected at least 2 tensors, given " + std::to_string(inputs.size()));
}

// A step counts where it does in all that have a mask.
Tensor common_mask(const std::vector<Tensor>& masks) {
  Tensor common;
  for (const Tensor& mask : masks) {
    if (mask.defined()) common = common.defined() ? logical_and(common, mask) : mask;
  }
  return common;
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
    return common_mask(masks);
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
