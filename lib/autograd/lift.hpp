#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <xtape/detail/reference.hpp>
#include <xtape/tensor.hpp>

#include "autograd/grad_mode.hpp"
#include "autograd/mapped.hpp"
#include "autograd/primals.hpp"
#include "core/tensor_impl.hpp"

// Transforms of functions of tensors: jvp (tangent_level.hpp) and vmap (batch_level.hpp). A tensor within one is an
// ordinary handle with a lift: what it is outside, and what the transform knows of it. Kernels notice nothing, and
// apply() runs operations on lifted tensors by apply_lifted().
//
// - Each call of a transform is a level of its thread, with a number of its own, which is never used again. Of several
//   lifts that of the innermost level comes off first, and the operation runs on what is below, which may be lifted
//   too: tangents and mapped axes of different levels never mix.
// - While an operation runs below a level, random numbers are those of what is outside of it.
// - The lift of a level that has ended comes off before all else. It counts as its value in forward mode, whatever that
//   is lifted to; it is an error where vmap mapped it.
// - The tape exists at every height: operations on lifted tensors are recorded where those require a gradient, with
//   the lifts in what is saved (forward over reverse; grad within vmap); what they consist of is recorded below, if
//   operations were recorded outside of the level and what is below requires a gradient (reverse over forward;
//   gradients through the results of vmap).
// - A tensor that is lifted is for the thread of its level.
namespace xtape::autograd {

struct Lift : core::Lift {
  Lift(uint64_t of_level, Tensor&& below, Tensor&& direction)
      : level(of_level), value(std::move(below)), tangent(std::move(direction)) {}
  // As for the value.
  void check_readable(const char* operation) const override;
  // Whether it is vmap's.
  bool mapped() const { return !tangent.defined(); }

  const uint64_t level;
  // With the mapped axis in front, if it is vmap's.
  const Tensor value;
  // Undefined if it is vmap's.
  const Tensor tangent;
};

inline const Lift* lift_of(const Tensor& x) {
  const core::TensorImpl* tensor = core::impl(x);
  return tensor ? static_cast<const Lift*>(tensor->lift.get()) : nullptr;
}

// The elements of x below all levels; those of all examples where it is mapped. @throws AutogradError if x has outlived
// its vmap.
Tensor without_lifts(const Tensor& x);

// The same, but those of the first example where it is mapped.
Tensor first_example(const Tensor& x);

// x without the lifts of levels that have ended. @throws AutogradError if x has outlived its vmap.
Tensor without_dead_lifts(const Tensor& x);
// Whether x has a lift of a level of this thread.
bool has_live_lift(const Tensor& x);

// Whether x is the only way to its elements and those of its tangents, and they are contiguous (core::exclusive).
bool exclusive(const Tensor& x);

// What of that which transforms lifted x from requires a gradient, a bit for each: 0 if nothing does. They come behind
// `flags`.
uint64_t recorded_below(const Tensor& x, uint64_t flags = 0);

// x without its tangents, cut off from the tape at every height; mapped as before.
Tensor detached(const Tensor& x);

struct Instruction;

// An operation as transforms see it: its answers (op.hpp, list_op.hpp). The first argument of each is the operation.
struct OpReference;
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
  // The outputs and the tangent of the first one at once, for tensors at which neither the tape nor a transform looks;
  // returns whether it did. Null where it gains nothing. It has at most `most_dual_inputs`.
  bool (*dual)(const void*, const Tensor* const* inputs, const Tensor* const* tangents, std::span<Tensor> outputs,
               Tensor& tangent) = nullptr;
  static constexpr std::size_t most_dual_inputs = 4;
  // For all examples at once, all outputs mapped; null where it is decomposed.
  void (*batch)(OpReference, const Examples& examples, std::span<const Mapped> inputs,
                std::span<Tensor> outputs) = nullptr;
  void (*decompose)(const void*, std::span<const Tensor> inputs, std::span<Tensor> outputs) = nullptr;
  // A copy, for those who keep it.
  std::shared_ptr<const void> (*copy)(const void*) = nullptr;
  // The outputs before they are computed; a view is whole. Not `complete`: without what is for derivatives only.
  void (*infer)(const void*, bool complete, std::span<const Tensor> inputs, std::span<Tensor> outputs) = nullptr;
  // Fills outputs that are there already; null where none is new.
  void (*compute)(const void*, std::span<const Tensor> inputs, std::span<const Tensor> outputs) = nullptr;
  // One operation that does what this one does and then `next`, which alone reads its result; nothing without one.
  std::optional<Instruction> (*followed_by)(const void*, std::span<const Tensor> inputs,
                                            const Instruction& next) = nullptr;
  // How many of its inputs it changes: the first ones, in place.
  std::size_t (*targets)(const void*) = nullptr;
  // Each call draws other numbers.
  bool random = false;
  // Each element of the one result depends on those at its place in the inputs alone: it may be written over them.
  bool elementwise = false;
  // What it computes is not said by its name and its attributes alone.
  bool opaque = false;
  // The result is equal to the input.
  bool identity = false;
};
struct OpReference {
  const OpTable* table;
  const void* op;
};

// A level. LevelScope begins and ends it; both may happen in any order among levels, and on different threads: a level
// is held by its scope, and by its thread as long as something there may know it.
class Level : public detail::Counted, public core::Pooled {
 public:
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  virtual ~Level() = default;

  // The part of a scope in which none but the levels from this one on outwards are in sight; null: none.
  class Within {
   public:
    explicit Within(const Level* level);
    ~Within();
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

   private:
    const Level* const sight_before_;
    const uint64_t held_before_;
  };
  // The part of a scope that is below the level, where operations are recorded if they were outside and the user has
  // not withheld it inside.
  class Below {
   public:
    explicit Below(const Level& level) : within_(level.outside_), recording_(level.recording_outside_ && !withheld) {}

   private:
    const Within within_;
    const RecordingScope recording_;
  };

  // Begins a level on this thread.
  static void begin(detail::Reference<Level> level);
  // Ends it, on whatever thread.
  void end();

  // Runs an operation that concerns this level. Inputs have no lifts of levels that have ended.
  virtual void run(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) const = 0;
  // Whether operations that draw random numbers concern it where it is in sight, whatever their inputs.
  virtual bool maps_random_numbers() const { return false; }
  // The same as run(), for an operation with a `dual` answer and inputs of whatever levels, where that answer will do:
  // all lifts are of this level, which has not ended, and nothing else looks on. Returns whether it has run.
  virtual bool run_at_once(OpReference, std::span<const Tensor>, std::span<Tensor>) const { return false; }

  const Level* outside() const { return outside_; }
  // The one that this thread began before and still holds.
  const Level* before() const { return before_.get(); }
  uint64_t number() const { return number_; }
  bool has_ended() const { return ended_.load(std::memory_order_relaxed); }
  bool lifts(const Tensor& x) const {
    const Lift* lift = lift_of(x);
    return lift && lift->level == number_;
  }

 protected:
  Level();
  // Whether operations were recorded outside.
  bool recording_outside() const { return recording_outside_; }

 private:
  const uint64_t number_;
  const bool recording_outside_;
  const Level* outside_ = nullptr;
  detail::Reference<Level> before_;
  std::atomic<bool> ended_ = false;
};
inline void release_last(Level* level) noexcept { delete level; }

// A level, for a scope.
template <class Kind>
class LevelScope {
 public:
  template <class... Arguments>
  explicit LevelScope(const Arguments&... arguments) {
    auto* level = new Kind(arguments...);
    level_ = detail::Reference<Kind>::adopt(level);
    Level::begin(detail::Reference<Level>::share(level));
  }
  ~LevelScope() { level_->end(); }
  LevelScope(const LevelScope&) = delete;
  LevelScope& operator=(const LevelScope&) = delete;

  const Kind& operator*() const { return *level_; }
  const Kind* operator->() const { return level_.get(); }

 private:
  detail::Reference<Kind> level_;
};

// Whether there is a level that random numbers may concern.
bool within_level();

// Runs an operation that may concern levels.
void apply_lifted(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs);

// The innermost level that one of both is lifted by, or null.
const Level* innermost_of(const Tensor& x, const Tensor& y);

// Whether an operation on lifted tensors goes on the tape.
bool is_recorded(OpReference op, std::span<const Tensor> inputs);
// Puts it there, unless no result is floating.
void record_lifted(OpReference op, std::span<const Tensor> inputs, std::span<const Tensor> outputs);

}  // namespace xtape::autograd
