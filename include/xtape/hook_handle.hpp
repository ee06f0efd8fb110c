#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <xtape/export.hpp>

namespace xtape {

namespace autograd {
struct HookOwner;
}  // namespace autograd

/// A hook that was registered, for those who want to remove it. A handle that goes leaves the hook where it is.
class XTAPE_API HookHandle {
 public:
  /// The handle of no hook.
  HookHandle() = default;
  /// Removes the hook: it is not called for gradients that are complete from now on. Does nothing where it is removed
  /// already, or is gone with its tensor.
  void remove() const;

  /// For the library's own use.
  HookHandle(std::weak_ptr<autograd::HookOwner> owner, uint64_t number) : owner_(std::move(owner)), number_(number) {}

 private:
  std::weak_ptr<autograd::HookOwner> owner_;
  uint64_t number_ = 0;
};

}  // namespace xtape
