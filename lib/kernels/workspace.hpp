#pragma once

#include <cstddef>

#include "core/allocator.hpp"

namespace xtape::kernels {

// Uninitialized memory for the duration of a kernel.
class Workspace {
 public:
  explicit Workspace(std::size_t bytes) : data_(bytes ? ::operator new (bytes, std::align_val_t{64}) : nullptr) {}
  ~Workspace() { ::operator delete (data_, std::align_val_t{64}); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_;
};

}  // namespace xtape::kernels
