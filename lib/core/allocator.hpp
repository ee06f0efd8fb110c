#pragma once

#include <cstddef>

namespace xtape::core {

// Blocks for tensors, their elements and tape nodes, aligned to 64 bytes. Freed blocks are kept by size
// and handed out again, so that a training step touches memory that is already mapped and warm.
void* allocate(std::size_t bytes);
// `bytes` is what was asked for.
void deallocate(void* block, std::size_t bytes) noexcept;

// Gives a class its memory from here.
struct Pooled {
  static void* operator new(std::size_t bytes) { return allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { deallocate(block, bytes); }
};

}  // namespace xtape::core
