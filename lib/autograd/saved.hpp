#pragma once

#include <xtape/tensor.hpp>

#include <cstdint>

#include "autograd/grad_mode.hpp"
#include "autograd/version.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// A tensor that a vjp needs later, with the version of its elements and its tangents at the time. Every tensor that users
// can reach and a vjp keeps is kept by one of these: inputs, results, labels, indices, masks.
// - It never changes: several runs may read it at once, between enter and leave of its node.
// - It is held without annotation, so that logits do not live as long as the tape.
// - It shares elements with the tensor saved. Whoever changes them counts the change in the storage (Storage::version),
//   before or after; only a pointer kept from an earlier data<T>() escapes.
class Saved {
 public:
  Saved() = default;
  explicit Saved(const Tensor& input)
      : tensor_(core::impl(input)->annotation ? core::without_annotation(input) : input), version_(version_of(input)) {}
  // A result of the operation itself. It is held cut off from its node, which would otherwise own itself.
  static Saved output(const Tensor& result, uint32_t index = 0);

  // The tensor, during the vjp. @throws AutogradError if its elements have changed since.
  Tensor get() const {
    if (version_of(tensor_) != version_) [[unlikely]]
      throw_changed();
    return is_output_ && recording ? recorded() : tensor_;
  }
  bool defined() const { return tensor_.defined(); }
  // As it is, changed or not.
  const Tensor& held() const { return tensor_; }
  void release() noexcept { tensor_ = Tensor(); }

 private:
  [[noreturn]] void throw_changed() const;
  // The result at its place in the graph, for a vjp that is recorded and so differentiates through it.
  Tensor recorded() const;

  Tensor tensor_;
  uint32_t version_ = 0;
  uint32_t output_index_ = 0;
  bool is_output_ = false;
};

}  // namespace xtape::autograd
