#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <xtape/dtype.hpp>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>

// For the library's own files. What a model that is read may ask for: its configuration is a few bytes, and can name
// lengths that no machine has.
namespace xtape::detail {

/// While it lives, layers make weights of at most so many bytes in this thread, whatever becomes of them, and of no
/// more than a limit around has left.
class XTAPE_API WeightLimit {
 public:
  /// `reason` says in errors where the limit comes from: "the file holds arrays of 40 bytes".
  WeightLimit(int64_t bytes, std::string reason);
  ~WeightLimit();
  WeightLimit(const WeightLimit&) = delete;
  WeightLimit& operator=(const WeightLimit&) = delete;

  /// Called before a weight is made. @throws FormatError if it is one too many, ShapeError if int64 does not hold the
  /// number of its elements.
  static void take(const std::string& weight, const Shape& shape, DType dtype);
  int64_t left() const { return bytes_ - taken_; }

 private:
  const int64_t bytes_;
  const std::string reason_;
  int64_t taken_ = 0;
  WeightLimit* const around_;
};

/// While it lives, the allocator asks the system for at most so many bytes for this thread, what it has given back
/// since not counted, and for no more than a limit around has left.
class XTAPE_API MemoryLimit {
 public:
  explicit MemoryLimit(int64_t bytes);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

  /// For the allocator, before it asks the system, and after it gave back. @throws OutOfMemory.
  static void take(std::size_t bytes);
  static void give(std::size_t bytes) noexcept;
  int64_t bytes() const { return bytes_; }
  /// Whether something was too much.
  bool refused() const { return refused_; }
  int64_t left() const { return bytes_ - taken_; }

 private:
  const int64_t bytes_;
  int64_t taken_ = 0;
  bool refused_ = false;
  MemoryLimit* const around_;
};

/// The memory of this machine, or what the process may have of it: a model of more can be described, and not made.
XTAPE_API int64_t memory_of_machine();

}  // namespace xtape::detail
