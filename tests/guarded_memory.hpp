#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace xtape::testing {

// Which end of the memory borders on a page that cannot be touched.
enum class Guard { behind, before };

// Memory between two pages that cannot be touched, so that whoever reads or writes beyond one of its ends is stopped
// there. It borders on one of them; what is left before the other one is filled with a pattern.
class GuardedMemory {
 public:
  GuardedMemory(std::size_t bytes, Guard guard, std::size_t alignment) : inside_(inside(bytes, alignment)) {
    const auto page = page_size();
    mapped_ = inside_ + 2 * page;
    map_ = static_cast<unsigned char*>(mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (map_ == MAP_FAILED) throw std::bad_alloc();
    inner_ = map_ + page;
    if (mprotect(inner_, inside_, PROT_READ | PROT_WRITE) != 0) {
      munmap(map_, mapped_);
      throw std::bad_alloc();
    }
    std::fill_n(inner_, inside_, pattern);
    use(bytes, guard, alignment);
  }
  ~GuardedMemory() { munmap(map_, mapped_); }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  // The bytes between the two pages for so many that are asked for.
  static std::size_t inside(std::size_t bytes, std::size_t alignment) {
    const auto page = page_size();
    return (bytes + alignment + page - 1) / page * page;
  }
  std::size_t inside() const { return inside_; }

  void* data() const { return inner_ + begin_; }

  // Nobody needs what is in it any more: whoever still reads it finds the pattern.
  void clear() { std::fill(inner_ + begin_, inner_ + end_, pattern); }
  // After clear(), for so many bytes that fit inside.
  void use(std::size_t bytes, Guard guard, std::size_t alignment) {
    begin_ = guard == Guard::before ? 0 : (inside_ - bytes) / alignment * alignment;
    end_ = begin_ + bytes;
  }

  // Whether nobody wrote beside the memory, before the pages.
  bool intact() const {
    const auto untouched = [](unsigned char byte) { return byte == pattern; };
    return std::all_of(inner_, inner_ + begin_, untouched) && std::all_of(inner_ + end_, inner_ + inside_, untouched);
  }

 private:
  static constexpr unsigned char pattern = 0xA5;

  static std::size_t page_size() {
    static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return size;
  }

  unsigned char *map_, *inner_;
  std::size_t mapped_, inside_, begin_, end_;
};

// An array in such memory, aligned no better than its elements need.
template <class T>
class GuardedArray {
 public:
  // Filled with the pattern.
  GuardedArray(int64_t size, Guard guard, std::size_t alignment = alignof(T))
      : memory_(static_cast<std::size_t>(size) * sizeof(T), guard, alignment), size_(size) {}
  template <class U>
  GuardedArray(const std::vector<U>& values, Guard guard) : GuardedArray(static_cast<int64_t>(values.size()), guard) {
    std::transform(values.begin(), values.end(), begin(), [](U value) { return static_cast<T>(value); });
  }

  T* data() const { return static_cast<T*>(memory_.data()); }
  T* begin() const { return data(); }
  T* end() const { return data() + size_; }
  int64_t size() const { return size_; }
  T& operator[](int64_t i) const { return data()[i]; }
  std::vector<T> values() const { return std::vector<T>(begin(), end()); }
  bool intact() const { return memory_.intact(); }

 private:
  GuardedMemory memory_;
  int64_t size_;
};

}  // namespace xtape::testing
