#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <xtape/detail/load_limits.hpp>
#include <xtape/error.hpp>

namespace xtape::detail {
namespace {

constinit thread_local WeightLimit* weight_limit = nullptr;
constinit thread_local MemoryLimit* memory_limit = nullptr;

// What is left of the limit around, if that is less.
template <class Limit>
int64_t within(const Limit* around, int64_t bytes) {
  return around ? std::min(bytes, around->left()) : bytes;
}

}  // namespace

WeightLimit::WeightLimit(int64_t bytes, std::string reason)
    : bytes_(within(weight_limit, bytes)), reason_(std::move(reason)), around_(std::exchange(weight_limit, this)) {}

WeightLimit::~WeightLimit() { weight_limit = around_; }

void WeightLimit::take(const std::string& weight, const Shape& shape, DType dtype) {
  if (!weight_limit) return;
  // A negative length is the initializer's to refuse.
  const int64_t elements = std::max<int64_t>(shape.numel(), 0);
  int64_t bytes = 0;
  if (!__builtin_mul_overflow(elements, static_cast<int64_t>(size_of(dtype)), &bytes) &&
      bytes <= weight_limit->bytes_ - weight_limit->taken_) {
    weight_limit->taken_ += bytes;
    return;
  }
  throw FormatError("the weight " + weight + " would be " + shape.str() + ", beside weights of " +
                    std::to_string(weight_limit->taken_) + " bytes; expected at most " +
                    std::to_string(weight_limit->bytes_) + " bytes in all, for " + weight_limit->reason_);
}

MemoryLimit::MemoryLimit(int64_t bytes)
    : bytes_(within(memory_limit, bytes)), around_(std::exchange(memory_limit, this)) {}

MemoryLimit::~MemoryLimit() { memory_limit = around_; }

void MemoryLimit::take(std::size_t bytes) {
  if (!memory_limit) return;
  if (!std::in_range<int64_t>(bytes) || static_cast<int64_t>(bytes) > memory_limit->bytes_ - memory_limit->taken_) {
    memory_limit->refused_ = true;
    throw OutOfMemory("a block of " + std::to_string(bytes) + " bytes, beside " + std::to_string(memory_limit->taken_) +
                      ", is more than the " + std::to_string(memory_limit->bytes_) +
                      " bytes that a model may take while it is read");
  }
  memory_limit->taken_ += static_cast<int64_t>(bytes);
}

void MemoryLimit::give(std::size_t bytes) noexcept {
  // What comes back may have been taken before.
  if (memory_limit) memory_limit->taken_ = std::max<int64_t>(memory_limit->taken_ - static_cast<int64_t>(bytes), 0);
}

int64_t memory_of_machine() {
  constexpr int64_t unknown = std::numeric_limits<int64_t>::max();
  const int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  int64_t bytes = pages > 0 && page > 0 ? pages * page : unknown;
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && std::in_range<int64_t>(limit.rlim_cur)) {
    bytes = std::min(bytes, static_cast<int64_t>(limit.rlim_cur));
  }
  return bytes;
}

}  // namespace xtape::detail
