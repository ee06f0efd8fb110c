#pragma once

#include <atomic>
#include <cstdint>
#include <xtape/export.hpp>
#include <xtape/random.hpp>

// For the library's own files.
namespace xtape::detail {

/// A stream of random numbers of its own, as a layer with a `seed` has one. Threads may draw from it at the same time.
class RandomStream {
 public:
  explicit RandomStream(uint64_t seed) : seed_(seed) {}
  /// How many blocks have been drawn; set_offset goes on behind that many.
  uint64_t offset() const { return offset_.load(std::memory_order_relaxed); }
  void set_offset(uint64_t blocks) { offset_.store(blocks, std::memory_order_relaxed); }
  RandomState take(uint64_t blocks) { return {seed_, offset_.fetch_add(blocks, std::memory_order_relaxed)}; }

 private:
  const uint64_t seed_;
  std::atomic<uint64_t> offset_ = 0;
};

/// For as long as the scope, random operations of this thread draw from the stream, not from the global one.
class XTAPE_API RandomStreamScope {
 public:
  /// @throws AutogradError while a function is captured: a program draws from the global stream.
  explicit RandomStreamScope(RandomStream& stream);
  ~RandomStreamScope();
  RandomStreamScope(const RandomStreamScope&) = delete;
  RandomStreamScope& operator=(const RandomStreamScope&) = delete;

 private:
  RandomStream* const around_;
};

/// For as long as the scope, random operations of this thread draw from a stream that is made for it, so that the
/// others stay where they are. Not while a function is captured, which notes its draws.
class XTAPE_API TrialRandomScope {
 public:
  TrialRandomScope();
  ~TrialRandomScope();
  TrialRandomScope(const TrialRandomScope&) = delete;
  TrialRandomScope& operator=(const TrialRandomScope&) = delete;

 private:
  RandomStream stream_{0};
  RandomStream* const around_;
  RandomStream* const outside_;
  const bool in_trial_;
};

/// Within such a scope: for as long as this one, they draw as outside of it.
class XTAPE_API OutsideTrialRandomScope {
 public:
  OutsideTrialRandomScope();
  ~OutsideTrialRandomScope();
  OutsideTrialRandomScope(const OutsideTrialRandomScope&) = delete;
  OutsideTrialRandomScope& operator=(const OutsideTrialRandomScope&) = delete;

 private:
  RandomStream* const around_;
  const bool in_trial_;
};

}  // namespace xtape::detail
