#pragma once

#include <xtape/tensor.hpp>

#include <cstdint>

namespace xtape::autograd {

// A tensor that a vjp needs later, with the version of its elements at the time. Every tensor that users can reach and a
// vjp keeps is kept by one of these: inputs, results, labels, indices, masks.
// - It never changes: several runs may read it at once, between enter and leave of its node.
// - It is held without annotation, so that logits do not live as long as the tape.
// - It shares elements with the tensor saved. Whoever changes them counts the change in the storage (Storage::version),
//   before or after; only a pointer kept from an earlier data<T>() escapes.
class Saved {
 public:
  Saved() = default;
  explicit Saved(const Tensor& input);
  // A result of the operation itself. It is held cut off from its node, which would otherwise own itself.
  static Saved output(const Tensor& result, uint32_t index = 0);

  // The tensor, during the vjp. @throws AutogradError if its elements have changed since.
  Tensor get() const;
  bool defined() const { return tensor_.defined(); }

 private:
  Tensor tensor_;
  uint32_t version_ = 0;
  uint32_t output_index_ = 0;
  bool is_output_ = false;
};

}  // namespace xtape::autograd
