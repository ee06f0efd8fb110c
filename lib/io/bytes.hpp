#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape::io {

// Elements that nobody has set, in large pages where there are many: setting hundreds of megabytes to zero, page by page,
// takes longer than reading what comes over it.
template <class T>
struct UnsetAllocator {
  using value_type = T;
  UnsetAllocator() = default;
  template <class U>
  UnsetAllocator(const UnsetAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T), whole = (bytes + large_page - 1) / large_page * large_page;
    if (bytes < large_page || whole < bytes) return std::allocator<T>().allocate(count);
    void* const block = std::aligned_alloc(large_page, whole);
    if (block == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    ::madvise(block, whole, MADV_HUGEPAGE);
#endif
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t count) noexcept {
    if (count * sizeof(T) < large_page) return std::allocator<T>().deallocate(block, count);
    std::free(block);
  }
  template <class U>
  void construct(U* place) noexcept(std::is_nothrow_default_constructible_v<U>) {
    ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
  }
  bool operator==(const UnsetAllocator&) const noexcept { return true; }

 private:
  static constexpr std::size_t large_page = std::size_t{2} << 20;
};

// What is read of a file.
using Bytes = std::vector<std::byte, UnsetAllocator<std::byte>>;

}  // namespace xtape::io
