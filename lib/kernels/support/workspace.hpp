#pragma once

#include <cstddef>

#include "core/allocator.hpp"

namespace xtape::kernels {

// Uninitialized memory for the duration of a kernel.
class Workspace {
 public:
  explicit Workspace(std::size_t bytes) : data_(bytes ? core::allocate(bytes) : nullptr), bytes_(bytes) {}
  ~Workspace() { core::deallocate(data_, bytes_); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_;
  std::size_t bytes_;
};

}  // namespace xtape::kernels
