#include "autograd/lift.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>

#include "autograd/batch_level.hpp"
#include "autograd/op.hpp"
#include "autograd/trace.hpp"

namespace xtape::autograd {

constinit thread_local int transforms = 0;
constinit thread_local Trace* trace = nullptr;

namespace {

// The level that this thread began last and still holds; each holds the one before it.
thread_local detail::Reference<Level> newest;
// The innermost one in sight. Levels that it lies in are found by outside(), others are not in sight.
constinit thread_local const Level* innermost = nullptr;
// Those up to this number are held whether they have ended or not: an operation runs below one of them.
constinit thread_local uint64_t held = 0;

// Across threads: a tensor of one thread must not be taken for one of another's level. A thread takes many at once;
// they rise on it, as levels begin.
uint64_t next_number() {
  constexpr uint64_t many = 1 << 16;
  static std::atomic<uint64_t> taken = 0;
  constinit thread_local uint64_t last = 0;
  if (last % many == 0) last = taken.fetch_add(many, std::memory_order_relaxed);
  return ++last;
}

bool is_live(uint64_t number) {
  const Level* level = newest.get();
  while (level && level->number() > number) level = level->before();
  return level && level->number() == number && !level->has_ended();
}

bool has_dead_lift(const Tensor& x) { return lift_of(x) && !is_live(lift_of(x)->level); }

// The innermost level that an operation concerns, or null.
const Level* level_of(OpReference op, std::span<const Tensor> inputs) {
  const Level* in_sight = innermost;
  for (const Level* level = newest.get(); level; level = level->before()) {
    const bool is_in_sight = level == in_sight;
    if (is_in_sight) in_sight = level->outside();
    if (level->has_ended()) continue;
    if (is_in_sight && op.table->random && level->maps_random_numbers()) return level;
    if (std::any_of(inputs.begin(), inputs.end(), [=](const Tensor& x) { return level->lifts(x); })) return level;
  }
  return nullptr;
}

}  // namespace

void Lift::check_readable(const char* operation) const {
  if (const core::Lift* below = core::impl(value)->lift.get()) below->check_readable(operation);
}

Tensor without_dead_lifts(const Tensor& x) {
  Tensor value = x;
  while (has_dead_lift(value)) {
    const Lift* lift = lift_of(value);
    if (lift->mapped()) throw_outlived(value);
    value = Tensor(lift->value);
  }
  return value;
}

bool has_live_lift(const Tensor& x) { return lift_of(x) && lift_of(without_dead_lifts(x)); }

Tensor without_lifts(const Tensor& x) {
  Tensor value = without_dead_lifts(x);
  while (const Lift* lift = lift_of(value)) value = without_dead_lifts(Tensor(lift->value));
  return value;
}

Tensor first_example(const Tensor& x) {
  const Tensor value = without_dead_lifts(x);
  const Lift* lift = lift_of(value);
  if (!lift) return value;
  return first_example(lift->mapped() ? lift->value.select(0, 0) : lift->value);
}

namespace {

// The same of an x that shares its elements with so many handles that are lifted from it.
bool exclusive_below(const Tensor& x, uint32_t handles) {
  const core::TensorImpl* tensor = core::impl(x);
  if (tensor->references.load(std::memory_order_acquire) != 1) return false;
  const Lift* lift = lift_of(x);
  if (!lift) {
    return tensor->contiguous && !tensor->repeats &&
           tensor->storage->references.load(std::memory_order_acquire) == handles + 1;
  }
  return lift->references.load(std::memory_order_acquire) == 1 && exclusive_below(lift->value, handles + 1) &&
         (lift->mapped() || exclusive_below(lift->tangent, 0));
}

}  // namespace

bool exclusive(const Tensor& x) { return exclusive_below(x, 0); }

uint32_t version_with_tangents(const core::TensorImpl* x) {
  const auto* lift = static_cast<const Lift*>(x->lift.get());
  // The elements of x are those of its value.
  const uint32_t version = version_of(lift->value);
  return lift->mapped() ? version : version + version_of(lift->tangent);
}

uint64_t recorded_below(const Tensor& x, uint64_t flags) {
  const Lift* lift = lift_of(x);
  if (!lift) return flags;
  for (const Tensor* below : {&lift->value, &lift->tangent}) {
    if (!below->defined()) continue;
    flags = recorded_below(*below, std::rotl(flags, 1) | uint64_t{core::impl(*below)->requires_grad});
  }
  return flags;
}

Tensor detached(const Tensor& x) {
  const Lift* lift = lift_of(x);
  if (!lift) return core::make_alias(x);
  const Tensor value = detached(lift->value);
  return lift->mapped() ? BatchLevel::map(value, lift->level) : value;
}

Level::Level() : number_(next_number()), recording_outside_(recording) {}

void Level::begin(detail::Reference<Level> level) {
  level->outside_ = innermost;
  level->before_ = std::move(newest);
  innermost = level.get();
  newest = std::move(level);
  ++transforms;
}

void Level::end() {
  ended_.store(true, std::memory_order_relaxed);
  while (newest && newest->has_ended() && newest->number() > held) {
    if (innermost == newest.get()) innermost = newest->outside_;
    // Nobody asks a level that this thread holds no longer what was before it.
    newest = std::move(newest->before_);
    --transforms;
  }
}

Level::Within::Within(const Level* level) : sight_before_(innermost), held_before_(held) {
  innermost = level;
  if (newest) held = newest->number();
}
Level::Within::~Within() {
  innermost = sight_before_;
  held = held_before_;
}

bool within_level() { return innermost; }

namespace {

// Whether all lifts are of the level that began last, and it has not ended: as it is nearly always.
bool lifted_by_newest(std::span<const Tensor> inputs) {
  const Level* level = newest.get();
  if (!level || level->has_ended()) return false;
  bool any = false;
  for (const Tensor& x : inputs) {
    const Lift* lift = lift_of(x);
    if (lift && lift->level != level->number()) return false;
    any |= lift != nullptr;
  }
  return any;
}

// Whatever levels the operation concerns. Its own function, so that the usual way keeps no registers for it.
[[gnu::noinline]] void apply_by_levels(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  if (lifted_by_newest(inputs)) return newest->run(op, inputs, outputs);
  if (std::any_of(inputs.begin(), inputs.end(), has_dead_lift)) {
    std::vector<Tensor> living;
    living.reserve(inputs.size());
    for (const Tensor& x : inputs) living.push_back(without_dead_lifts(x));
    return apply_lifted(op, living, outputs);
  }
  if (const Level* level = level_of(op, inputs)) return level->run(op, inputs, outputs);
  const Level::Within below_all(nullptr);
  trace ? apply_traced(op, inputs, outputs) : op.table->apply(op.op, inputs, outputs);
}

}  // namespace

void apply_lifted(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  if (op.table->dual && !trace && newest && newest->run_at_once(op, inputs, outputs)) return;
  apply_by_levels(op, inputs, outputs);
}

const Level* innermost_of(const Tensor& x, const Tensor& y) {
  const Level* level = newest.get();
  while (level && !level->lifts(x) && !level->lifts(y)) level = level->before();
  return level;
}

bool is_recorded(OpReference op, std::span<const Tensor> inputs) {
  return recording && op.table->record && std::any_of(inputs.begin(), inputs.end(), wants_grad);
}

void record_lifted(OpReference op, std::span<const Tensor> inputs, std::span<const Tensor> outputs) {
  const auto is_floating_tensor = [](const Tensor& x) { return x.defined() && is_floating(x.dtype()); };
  if (std::any_of(outputs.begin(), outputs.end(), is_floating_tensor)) op.table->record(op.op, inputs, outputs);
}

}  // namespace xtape::autograd
