#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace xtape::autograd {

// Elements for one operation at a time; `few` need no allocation.
template <class T, std::size_t few = 6>
class Scratch {
 public:
  std::span<T> first(std::size_t count) {
    if (count <= few_.size()) return {few_.data(), count};
    if (count > many_count_) {
      many_ = std::make_unique<T[]>(count);
      many_count_ = count;
    }
    return {many_.get(), count};
  }

 private:
  std::array<T, few> few_{};
  std::unique_ptr<T[]> many_;
  std::size_t many_count_ = 0;
};

}  // namespace xtape::autograd
