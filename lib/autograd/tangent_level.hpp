#pragma once

#include <utility>

#include "autograd/lift.hpp"

namespace xtape::autograd {

// A level of forward mode: tensors carry tangents.
class TangentLevel final : public Level {
 public:
  // `value` with a tangent of its shape and type; value itself where the tangent is undefined, that is zero.
  Tensor lift(const Tensor& value, const Tensor& tangent) const {
    if (tangent.defined() && !lift_of(value) && !lift_of(tangent) && !core::impl(value)->annotation) [[likely]]
      return lifted(Tensor(value), Tensor(tangent));
    return lift_unusual(value, tangent);
  }
  // What is below: value and tangent, or x and an undefined tangent.
  std::pair<Tensor, Tensor> lower(const Tensor& x) const;
  // The same, in place of x.
  void take_off(Tensor& x, Tensor& tangent) const;

  void run(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) const override;
  bool run_at_once(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) const override;

 private:
  // Of tensors that transforms or annotations are known of.
  Tensor lift_unusual(const Tensor& value, const Tensor& tangent) const;
  // Both without lifts of levels that have ended, the tangent defined.
  Tensor lifted(Tensor&& value, Tensor&& tangent) const;
};

}  // namespace xtape::autograd
