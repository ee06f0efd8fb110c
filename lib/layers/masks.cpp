#include <xtape/detail/mask_scope.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/mask.hpp>

namespace xtape::layers {

using detail::MaskScope;

Tensor LayerImpl::mask(std::size_t input) { return MaskScope::of_input(input); }

Tensor LayerImpl::compute_mask(const Tensor&, const Tensor&) { return {}; }

Tensor LayerImpl::compute_masks(const std::vector<Tensor>& inputs, const std::vector<Tensor>& masks) {
  return compute_mask(inputs.front(), masks.front());
}

bool LayerImpl::uses_masks(const std::vector<Tensor>& inputs) const {
  if (makes_masks_) return true;
  for (const Tensor& input : inputs) {
    if (has_mask(input)) return true;
  }
  return false;
}

Tensor LayerImpl::call_masked(const Tensor& x) {
  const Tensor mask = mask_of(x);
  const MaskScope scope({mask});
  const Tensor result = run_one(fits_type(x.dtype()) ? x : with_mask(x.astype(dtype_), mask));
  if (!passes_masks_) return result.defined() ? with_mask(result, {}) : result;
  const bool asks = makes_masks_ || mask.defined();
  if (!result.defined() || !asks || has_mask(result)) return result;
  const Tensor passed_on = compute_mask(x, mask);
  return passed_on.defined() ? with_mask(result, passed_on) : result;
}

std::vector<Tensor> LayerImpl::run_masked(const Arguments<Tensor>& arguments) {
  std::vector<Tensor> masks;
  for (const Tensor& input : arguments.inputs) masks.push_back(mask_of(input));
  const MaskScope scope(masks);
  std::vector<Tensor> results = run(arguments);
  if (!passes_masks_) {
    for (Tensor& result : results) {
      if (result.defined()) result = with_mask(result, {});
    }
    return results;
  }
  for (const Tensor& result : results) {
    if (!result.defined() || has_mask(result)) return results;
  }
  const Tensor passed_on = compute_masks(arguments.inputs, masks);
  if (!passed_on.defined()) return results;
  // States and the like have no steps: what is of another rank than the first output has no mask.
  for (Tensor& result : results) {
    if (result.rank() == results.front().rank()) result = with_mask(result, passed_on);
  }
  return results;
}

}  // namespace xtape::layers
