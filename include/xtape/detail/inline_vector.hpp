#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>
#include <xtape/export.hpp>

namespace xtape::detail {

/// A vector of trivially copyable values that holds up to N of them in place.
template <class T, std::size_t N>
class InlineVector {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  InlineVector() noexcept {}
  InlineVector(std::initializer_list<T> values) : InlineVector(values.begin(), values.end()) {}
  explicit InlineVector(std::span<const T> values) : InlineVector(values.data(), values.data() + values.size()) {}
  InlineVector(std::size_t count, T value) {
    resize(count);
    std::fill(begin(), end(), value);
  }
  template <class Iterator>
  requires(!std::is_arithmetic_v<Iterator>) InlineVector(Iterator first, Iterator last) {
    resize(static_cast<std::size_t>(last - first));
    std::copy(first, last, begin());
  }
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
  // Copying or moving all places, used or not, is a few instructions; just as many as needed is a call.
  // GCC warns users of places that were not used.
  InlineVector(const InlineVector& other) : size_(other.size_) {
    std::memcpy(inline_, other.inline_, sizeof(inline_));
    if (other.heap_) [[unlikely]]
      copy_from_heap(other);
  }
  InlineVector& operator=(const InlineVector& other) {
    if (heap_ || other.heap_) [[unlikely]] {
      *this = InlineVector(other);
    } else if (this != &other) {
      std::memcpy(inline_, other.inline_, sizeof(inline_));
      size_ = other.size_;
    }
    return *this;
  }
  InlineVector(InlineVector&& other) noexcept : size_(other.size_), heap_(std::exchange(other.heap_, nullptr)) {
    if (!heap_) std::memcpy(inline_, other.inline_, sizeof(inline_));
    if (heap_) capacity_ = std::exchange(other.capacity_, static_cast<uint32_t>(N));
    other.size_ = 0;
  }
  InlineVector& operator=(InlineVector&& other) noexcept {
    if (this != &other) {
      delete[] heap_;
      heap_ = std::exchange(other.heap_, nullptr);
      capacity_ = std::exchange(other.capacity_, static_cast<uint32_t>(N));
      size_ = std::exchange(other.size_, 0);
      if (!heap_) std::memcpy(inline_, other.inline_, sizeof(inline_));
    }
    return *this;
  }
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
  ~InlineVector() { delete[] heap_; }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T* data() noexcept { return heap_ ? heap_ : inline_; }
  const T* data() const noexcept { return heap_ ? heap_ : inline_; }
  iterator begin() noexcept { return data(); }
  iterator end() noexcept { return data() + size_; }
  const_iterator begin() const noexcept { return data(); }
  const_iterator end() const noexcept { return data() + size_; }
  T& operator[](std::size_t i) noexcept { return data()[i]; }
  const T& operator[](std::size_t i) const noexcept { return data()[i]; }
  T& front() noexcept { return data()[0]; }
  const T& front() const noexcept { return data()[0]; }
  T& back() noexcept { return data()[size_ - 1]; }
  const T& back() const noexcept { return data()[size_ - 1]; }

  /// Values beyond the old size are left unset.
  void resize(std::size_t size) {
    if (size > capacity_) grow(size);
    size_ = static_cast<uint32_t>(size);
  }
  void push_back(T value) {
    if (size_ == capacity_) grow(2 * size_);
    data()[size_++] = value;
  }
  void pop_back() noexcept { --size_; }
  void insert(std::size_t position, T value) {
    push_back(value);
    std::rotate(begin() + position, end() - 1, end());
  }
  void erase(std::size_t position) {
    std::copy(begin() + position + 1, end(), begin() + position);
    --size_;
  }

  bool operator==(const InlineVector& other) const noexcept {
    if (size_ != other.size_) return false;
    const T* mine = data();
    const T* others = other.data();
    for (std::size_t i = 0; i < size_; ++i) {
      if (mine[i] != others[i]) return false;
    }
    return true;
  }

 private:
  // To an object that holds nothing else.
  void copy_from_heap(const InlineVector& other) {
    heap_ = new T[other.capacity_];
    capacity_ = other.capacity_;
    std::copy(other.begin(), other.end(), heap_);
  }
  void grow(std::size_t capacity) {
    T* larger = new T[capacity];
    std::copy(begin(), end(), larger);
    delete[] heap_;
    heap_ = larger;
    capacity_ = static_cast<uint32_t>(capacity);
  }

  uint32_t size_ = 0;
  uint32_t capacity_ = N;
  T* heap_ = nullptr;
  T inline_[N];
};

}  // namespace xtape::detail
