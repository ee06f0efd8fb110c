#pragma once

#include <xtape/detail/reference.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace xtape::core {

// The bytes that tensors and their views share. `version` counts the changes, so that the tape can tell
// whether a tensor it saved is still what it was.
struct Storage : detail::Counted {
  std::atomic<uint32_t> version{0};
  std::size_t bytes = 0;
  std::byte* data = nullptr;
  // Set for borrowed memory only.
  std::function<void()>* release = nullptr;

  void count_change() noexcept {
    version.store(version.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
};

void release_last(Storage* storage) noexcept;

// Uninitialized bytes, aligned to 64, in one block with their header.
detail::Reference<Storage> make_storage(std::size_t bytes);
// Memory that belongs to somebody else; `release` may be empty.
detail::Reference<Storage> borrow_storage(void* data, std::size_t bytes, std::function<void()> release);

}  // namespace xtape::core
