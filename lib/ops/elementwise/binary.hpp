#pragma once

#include <utility>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/instruction.hpp"
#include "autograd/op.hpp"
#include "ops/elementwise/scaled.hpp"
#include "ops/support/bilinear.hpp"
#include "ops/support/binary_op.hpp"

namespace xtape::ops {

using autograd::Gradients;
using autograd::Primals;

// Which operands a binary operation keeps: bits 0 and 1 for them, 2 for the result.
using Keeps = uint32_t (*)(uint32_t wanted);
inline uint32_t keeps_nothing(uint32_t) { return 0; }
inline uint32_t keeps_operands(uint32_t) { return 3; }

// What tells one elementwise operation of two operands from another.
struct BinaryRule {
  const char* name;
  // The result in the usual case, float32 operands that correspond one to one; else undefined.
  Tensor (*quick)(const Tensor& a, const Tensor& b);
  void (*compute)(const Tensor& a, const Tensor& b, const Tensor& y);
  Keeps keeps;
  // t times the derivative by an operand, in the result's shape or one that broadcasts to it: the gradient of the
  // operand before it is summed to its shape, where t is that of the result, and the tangent of the result, where t is
  // that of the operand.
  Tensor (*derivative)(const Primals& primals, int operand, const Tensor& t);
  // Both tangents at once, for operands of one shape; null where the sum of their derivatives will do.
  Tensor (*tangent)(const Primals& primals, const Tensor& da, const Tensor& db) = nullptr;
  // The result and its tangent in one pass, where operands and tangents correspond one to one; else undefined. Null
  // where one after the other will do.
  std::pair<Tensor, Tensor> (*dual)(const Tensor& a, const Tensor& b, const Tensor& da, const Tensor& db) = nullptr;
};

// y = f(a, b), for operands of one type that broadcast.
struct Binary {
  static constexpr bool elementwise = true;
  const BinaryRule* rule;

  const char* name() const { return rule->name; }
  Tensor quick(const Tensor& a, const Tensor& b) const { return rule->quick(a, b); }
  autograd::Spec shape(const Tensor& a, const Tensor& b) const {
    return {broadcast_shapes(a.shape(), b.shape(), rule->name), a.dtype()};
  }
  void compute(const Tensor& a, const Tensor& b, const Tensor& y) const { rule->compute(a, b, y); }
  uint32_t keeps(uint32_t wanted) const { return rule->keeps(wanted); }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const {
    for (int i : {0, 1}) {
      if (gradients.needed(static_cast<std::size_t>(i)))
        gradients.set_summed(static_cast<std::size_t>(i), rule->derivative(primals, i, g));
    }
  }
  Tensor jvp(const Primals& primals, const Tensor& da, const Tensor& db) const {
    if (rule->tangent && da.defined() && db.defined() && da.shape() == db.shape()) {
      return rule->tangent(primals, da, db);
    }
    Tensor tangent;
    if (da.defined()) tangent = rule->derivative(primals, 0, da);
    if (db.defined()) {
      const Tensor other = rule->derivative(primals, 1, db);
      tangent = tangent.defined() ? tangent + other : other;
    }
    const Shape& shape = core::impl(primals.output())->shape;
    return !tangent.defined() || tangent.shape() == shape ? tangent : broadcast_to(tangent, shape);
  }
  std::pair<Tensor, Tensor> dual(const Tensor& a, const Tensor& b, const Tensor& da, const Tensor& db) const {
    if (!rule->dual || !da.defined() || !db.defined()) return {};
    return rule->dual(a, b, da, db);
  }
};

// Whether that is a sum of two tensors: functions of users may have its name too.
bool is_sum(const autograd::Instruction& instruction);

template <class Formula>
Tensor of_aligned(const Tensor& a, const Tensor& b) {
  Tensor y = core::make_like(a, Formula::name);
  kernels::binary<Formula>(core::elements<const float>(a), 1, core::elements<const float>(b), 1,
                           core::elements<float>(y), core::impl(y)->numel);
  return y;
}

template <class Formula>
Tensor binary_quick(const Tensor& a, const Tensor& b) {
  if (core::impl(a)->dtype != DType::float32 || !aligned(a, b)) return {};
  return of_aligned<Formula>(a, b);
}

// Of a formula that is linear in both operands together.
template <class Formula>
std::pair<Tensor, Tensor> linear_dual(const Tensor& a, const Tensor& b, const Tensor& da, const Tensor& db) {
  if (core::impl(a)->dtype != DType::float32 || !aligned(a, b) || !aligned(da, db)) return {};
  return {of_aligned<Formula>(a, b), of_aligned<Formula>(da, db)};
}

template <class Formula>
void binary_compute(const Tensor& a, const Tensor& b, const Tensor& y) {
  combine_into<void>(a, b, y, BinaryKernel<Formula>{});
}

}  // namespace xtape::ops
