#include <utility>
#include <xtape/detail/mask_scope.hpp>

namespace xtape::detail {
namespace {

constinit thread_local const MaskScope* current_masks = nullptr;

}  // namespace

MaskScope::MaskScope(std::vector<Tensor> masks)
    : masks_(std::move(masks)), call_(current_call), around_(current_masks) {
  current_masks = this;
}

MaskScope::~MaskScope() { current_masks = around_; }

const MaskScope* MaskScope::of_current_call() {
  // A call inside, whose inputs have none, has opened no scope.
  return current_masks && current_masks->call_ == current_call ? current_masks : nullptr;
}

std::vector<Tensor> MaskScope::of_call() {
  const MaskScope* scope = of_current_call();
  return scope ? scope->masks_ : std::vector<Tensor>();
}

Tensor MaskScope::of_input(std::size_t input) {
  const MaskScope* scope = of_current_call();
  return scope && input < scope->masks_.size() ? scope->masks_[input] : Tensor();
}

}  // namespace xtape::detail
