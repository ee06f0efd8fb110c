#pragma once

#include "autograd/lift.hpp"
#include "autograd/mapped.hpp"

namespace xtape::autograd {

// A level of vmap: tensors have an axis that cannot be seen. A mapped tensor has the shape of one example, and its lift
// the examples of all, stacked along the first axis. Its elements are not to be read.
class BatchLevel final : public Level {
 public:
  explicit BatchLevel(const Examples& examples) : examples_(examples) {}

  // One example of those that are stacked along the first axis, to stand for all of them.
  Tensor map(const Tensor& stack) const { return map(stack, number()); }
  static Tensor map(const Tensor& stack, uint64_t level);
  // What is below: the stack, or x itself, which is the same for all examples. x has no lift of a level that has ended.
  Mapped lower(const Tensor& x) const;
  const Examples& examples() const { return examples_; }

  void run(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) const override;
  bool maps_random_numbers() const override { return true; }

 private:
  const Examples examples_;
};

// For a mapped tensor whose level has ended.
[[noreturn]] void throw_outlived(const Tensor& x);

}  // namespace xtape::autograd
