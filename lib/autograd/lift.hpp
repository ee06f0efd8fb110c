#pragma once

#include <xtape/tensor.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "autograd/primals.hpp"
#include "core/tensor_impl.hpp"

// Forward mode. A tensor within jvp is an ordinary handle on the elements of its value, with a lift: the value as it is
// outside, and its tangent. Kernels notice nothing, and apply() runs operations on lifted tensors by apply_lifted().
//
// - Each call of jvp is a level of its thread, with a number of its own, which is never used again. Of several lifts the
//   highest level comes off first, and the operation runs on what is below, which may be lifted too: tangents of different
//   levels never mix.
// - The lift of a level that has ended counts as its value, whatever that is lifted to. It comes off before all else.
// - The tape exists at every height: operations on lifted tensors are recorded where those require a gradient, with
//   tangents in what is saved (forward over reverse); their values are recorded below, if operations were recorded
//   outside of the level and the values require a gradient (reverse over forward).
namespace xtape::autograd {

struct Lift final : core::Lift {
  Lift(uint64_t of_level, const Tensor& lower, const Tensor& direction)
      : level(of_level), value(lower), tangent(direction) {}

  const uint64_t level;
  const Tensor value;
  const Tensor tangent;
};

// The value of x below all levels.
Tensor without_lifts(const Tensor& x);
// x without the lifts of levels that have ended.
Tensor without_dead_lifts(const Tensor& x);
// Whether x carries a tangent of a level of this thread.
bool has_tangent(const Tensor& x);

// A level, for a scope.
class Level {
 public:
  Level();
  ~Level();
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

  // `value` with a tangent of its shape and type; value itself where the tangent is undefined, that is zero.
  Tensor lift(const Tensor& value, const Tensor& tangent) const;
  // What is below: value and tangent, or x and an undefined tangent.
  std::pair<Tensor, Tensor> lower(const Tensor& x) const;

 private:
  const uint64_t number_;
};

// An operation as transforms see it: its answers (op.hpp, list_op.hpp). The first argument of each is the operation.
struct OpTable {
  const char* (*name)(const void*);
  // By name, as text (attributes.hpp).
  std::string (*attributes)(const void*);
  void (*apply)(const void*, std::span<const Tensor> inputs, std::span<Tensor> outputs);
  // Puts it on the tape; null where it is decomposed for that, or has no derivative.
  void (*record)(const void*, std::span<const Tensor> inputs, std::span<const Tensor> outputs) = nullptr;
  // Null where it is decomposed, or has no derivative.
  void (*jvp)(const void*, const Primals& primals, std::span<const Tensor> tangents,
              std::span<Tensor> outputs) = nullptr;
  void (*decompose)(const void*, std::span<const Tensor> inputs, std::span<Tensor> outputs) = nullptr;
};
struct OpReference {
  const OpTable* table;
  const void* op;
};

// Runs an operation of which inputs are lifted.
void apply_lifted(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs);

}  // namespace xtape::autograd
