#pragma once

#include <cstddef>
#include <vector>
#include <xtape/detail/call_scope.hpp>
#include <xtape/tensor.hpp>

namespace xtape::detail {

/// For the library's own files: the masks of the inputs of the call that has just begun, for as long as the scope.
/// Calls without masks open none. Whoever runs a function later than it was given (a checkpoint) gives it those that it
/// had.
class MaskScope {
 public:
  explicit MaskScope(std::vector<Tensor> masks);
  ~MaskScope();
  MaskScope(const MaskScope&) = delete;
  MaskScope& operator=(const MaskScope&) = delete;

  /// Those of the call that goes on in this thread; undefined where an input has none, empty if none has.
  static std::vector<Tensor> of_call();
  /// That of one input; undefined if it has none.
  static Tensor of_input(std::size_t input);

 private:
  /// The innermost scope, if it is that of the call that goes on.
  static const MaskScope* of_current_call();

  const std::vector<Tensor> masks_;
  const CallFrame* const call_;
  const MaskScope* const around_;
};

}  // namespace xtape::detail
