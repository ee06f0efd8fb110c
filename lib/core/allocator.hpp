#pragma once

#include <cstddef>
#include <string>

namespace xtape::core {

// Blocks for tensors, their elements and tape nodes, aligned to 64 bytes. Freed blocks are kept by size
// and handed out again, so that a training step touches memory that is already mapped and warm.
// @throws OutOfMemory where the system has none, also after the cache was given back to it.
void* allocate(std::size_t bytes);
// `bytes` is what was asked for.
void deallocate(void* block, std::size_t bytes) noexcept;

// @throws OutOfMemory: `what` needs so many bytes, beside those in use.
[[noreturn]] void throw_out_of_memory(const std::string& what, std::size_t bytes);

// Gives a class its memory from here.
struct Pooled {
  static void* operator new(std::size_t bytes) { return allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { deallocate(block, bytes); }
};

}  // namespace xtape::core
