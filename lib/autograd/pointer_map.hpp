#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace xtape::autograd {

// A map from addresses to small values. A run of backward looks up each node a few times, so this is in the path of
// every small operation.
// - Up to few_limit entries lie side by side in few_ and are looked at one by one: no allocation, no hashing.
// - More lie in slots_, a hash table with open addressing, from the moment that few_ overflows; few_ is not used again.
// - There are 2^n slots, at most half of them filled: every search meets an empty one.
// - An entry lies at its home, the hash of its key, or after it without an empty slot between. Erasing closes the gap,
//   so that there are no tombstones, and a table that stays small stays fast.
template <class Value>
class PointerMap {
 public:
  // The value of `key`, or null. Addresses hold until the next change of the map.
  Value* find(const void* key) {
    if (slots_.empty()) {
      for (std::size_t i = 0; i < count_; ++i) {
        if (few_[i].key == key) return &few_[i].value;
      }
      return nullptr;
    }
    Slot& slot = slots_[position(key)];
    return slot.key ? &slot.value : nullptr;
  }
  const Value* find(const void* key) const { return const_cast<PointerMap*>(this)->find(key); }

  // The value of `key`, which is not null, and whether it is new.
  std::pair<Value&, bool> insert(const void* key) {
    if (slots_.empty()) {
      if (Value* found = find(key)) return {*found, false};
      if (count_ < few_limit) {
        few_[count_] = {key, Value{}};
        return {few_[count_++].value, true};
      }
    }
    if (2 * (count_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[position(key)];
    const bool is_new = !slot.key;
    if (is_new) {
      slot = {key, Value{}};
      ++count_;
    }
    return {slot.value, is_new};
  }

  void erase(const void* key) {
    if (slots_.empty()) {
      for (std::size_t i = 0; i < count_; ++i) {
        if (few_[i].key == key) few_[i] = few_[--count_];
      }
      return;
    }
    std::size_t gap = position(key);
    if (!slots_[gap].key) return;
    --count_;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t next = (gap + 1) & mask; slots_[next].key; next = (next + 1) & mask) {
      // What lies between its home and the gap stays.
      if (((next - home(slots_[next].key)) & mask) < ((next - gap) & mask)) continue;
      slots_[gap] = slots_[next];
      gap = next;
    }
    slots_[gap].key = nullptr;
  }

 private:
  static constexpr std::size_t few_limit = 8;

  struct Slot {
    const void* key;
    Value value;
  };

  // Objects are 64 bytes apart at least. The high bits of the product depend on all bits of the address.
  std::size_t home(const void* key) const {
    return static_cast<std::size_t>((reinterpret_cast<uintptr_t>(key) >> 6) * uint64_t{0x9e3779b97f4a7c15} >> shift_);
  }

  // Where `key` lies, or would.
  std::size_t position(const void* key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = home(key);
    while (slots_[at].key && slots_[at].key != key) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    const bool first = slots_.empty();
    std::vector<Slot> smaller(first ? 4 * few_limit : 2 * slots_.size());
    smaller.swap(slots_);
    shift_ = 64 - std::countr_zero(slots_.size());
    const auto move_over = [this](const Slot& slot) {
      if (slot.key) slots_[position(slot.key)] = slot;
    };
    if (first) {
      for (const Slot& slot : few_) move_over(slot);
    } else {
      for (const Slot& slot : smaller) move_over(slot);
    }
  }

  std::size_t count_ = 0;
  int shift_ = 0;
  std::vector<Slot> slots_;
  // The first count_ are set, while there are no slots.
  std::array<Slot, few_limit> few_;
};

}  // namespace xtape::autograd
