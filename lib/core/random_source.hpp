#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/random.hpp"

namespace xtape::core {

// Blocks that were taken out of the stream.
struct RandomDraw {
  RandomState start;
  uint64_t blocks;
};

// Where this thread takes random numbers from, for a scope. Scopes lie in each other.
class RandomSource {
 public:
  RandomSource(const RandomSource&) = delete;
  RandomSource& operator=(const RandomSource&) = delete;

 protected:
  RandomSource();
  virtual ~RandomSource();
  virtual RandomState draw(uint64_t blocks) = 0;
  // From outside of the scope.
  RandomState draw_outside(uint64_t blocks);

 private:
  friend RandomState reserve_random(uint64_t blocks);
  RandomSource* const outside_;
};

// Notes what is drawn.
class RandomRecording final : public RandomSource {
 public:
  std::vector<RandomDraw> take() { return std::move(draws_); }

 private:
  RandomState draw(uint64_t blocks) override;

  std::vector<RandomDraw> draws_;
};

// Draws the same again. @throws AutogradError naming `what` for other numbers of blocks, or, in finish(), fewer draws.
class RandomReplay final : public RandomSource {
 public:
  RandomReplay(const char* what, const std::vector<RandomDraw>& draws) : what_(what), draws_(draws) {}
  void finish() const;

 private:
  RandomState draw(uint64_t blocks) override;
  [[noreturn]] void throw_other_numbers() const;

  const char* const what_;
  const std::vector<RandomDraw>& draws_;
  std::size_t next_ = 0;
};

}  // namespace xtape::core
