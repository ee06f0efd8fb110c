#pragma once

#include <cstddef>
#include <vector>
#include <xtape/detail/call_scope.hpp>
#include <xtape/tensor.hpp>

namespace xtape::layers {

// The masks of the inputs of the call that has just begun, for as long as the scope. Calls without masks open none.
class MaskScope {
 public:
  explicit MaskScope(std::vector<Tensor> masks);
  ~MaskScope();
  MaskScope(const MaskScope&) = delete;
  MaskScope& operator=(const MaskScope&) = delete;

  // That of an input of the call that goes on in this thread; undefined if it has none.
  static Tensor of_input(std::size_t input);

 private:
  const std::vector<Tensor> masks_;
  const detail::CallFrame* const call_;
  const MaskScope* const around_;
};

}  // namespace xtape::layers
