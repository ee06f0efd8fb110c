#pragma once

#include <xtape/ops/arithmetic.hpp>

#include <cstdint>

#include "autograd/op.hpp"

// Operations that are linear in each of their two inputs.
namespace xtape::ops {

// What they keep (autograd/op.hpp): each input for the other one's derivative.
inline uint32_t keeps_other(uint32_t wanted) { return (wanted >> 1 & 1) | (wanted & 1) << 1; }

// op(da, b) + op(a, db).
template <class Op>
Tensor bilinear_jvp(const Op& op, const autograd::Primals& primals, const Tensor& da, const Tensor& db) {
  if (!da.defined() && !db.defined()) return {};
  if (!da.defined()) return autograd::apply(op, primals.input(0), db);
  const Tensor first = autograd::apply(op, da, primals.input(1));
  return db.defined() ? first + autograd::apply(op, primals.input(0), db) : first;
}

}  // namespace xtape::ops
