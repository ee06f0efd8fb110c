#include "core/random.hpp"

#include <mutex>
#include <random>
#include <string>
#include <xtape/detail/random_stream.hpp>
#include <xtape/error.hpp>

#include "core/checks.hpp"
#include "core/fork_safe_mutex.hpp"
#include "core/random_source.hpp"

namespace xtape {
namespace {

uint64_t system_seed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

struct Stream {
  core::ForkSafeMutex mutex;
  RandomState state{system_seed(), 0};
};

Stream& global_stream() {
  static Stream& stream = *new Stream;  // never destroyed: threads may compute until the process ends
  return stream;
}

}  // namespace

void set_random_seed(uint64_t seed) { set_random_state({seed, 0}); }

RandomState get_random_state() {
  Stream& stream = global_stream();
  const std::lock_guard lock(stream.mutex);
  return stream.state;
}

void set_random_state(const RandomState& state) {
  if (core::capturing) {
    throw AutogradError(
        "set_random_state: the stream cannot be set while a function is captured, since no run of the program would do "
        "so; set it outside");
  }
  Stream& stream = global_stream();
  const std::lock_guard lock(stream.mutex);
  stream.state = state;
}

namespace core {

std::array<uint32_t, 4> philox(uint64_t counter_low, uint64_t counter_high, uint64_t key) {
  std::array<uint32_t, 4> word = {static_cast<uint32_t>(counter_low), static_cast<uint32_t>(counter_low >> 32),
                                  static_cast<uint32_t>(counter_high), static_cast<uint32_t>(counter_high >> 32)};
  auto key_0 = static_cast<uint32_t>(key);
  auto key_1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t product_0 = uint64_t{0xD2511F53} * word[0];
    const uint64_t product_1 = uint64_t{0xCD9E8D57} * word[2];
    word = {static_cast<uint32_t>(product_1 >> 32) ^ word[1] ^ key_0, static_cast<uint32_t>(product_1),
            static_cast<uint32_t>(product_0 >> 32) ^ word[3] ^ key_1, static_cast<uint32_t>(product_0)};
    key_0 += 0x9E3779B9;
    key_1 += 0xBB67AE85;
  }
  return word;
}

namespace {

constinit thread_local RandomSource* source = nullptr;
constinit thread_local xtape::detail::RandomStream* own_stream = nullptr;

RandomState draw_from_stream(uint64_t blocks) {
  if (own_stream) return own_stream->take(blocks);
  Stream& stream = global_stream();
  const std::lock_guard lock(stream.mutex);
  const RandomState start = stream.state;
  stream.state.offset += blocks;
  return start;
}

}  // namespace

RandomState reserve_random(uint64_t blocks) { return source ? source->draw(blocks) : draw_from_stream(blocks); }

RandomSource::RandomSource() : outside_(source) { source = this; }
RandomSource::~RandomSource() { source = outside_; }

RandomState RandomSource::draw_outside(uint64_t blocks) {
  return outside_ ? outside_->draw(blocks) : draw_from_stream(blocks);
}

RandomState RandomRecording::draw(uint64_t blocks) {
  draws_.push_back({draw_outside(blocks), blocks});
  return draws_.back().start;
}

RandomState RandomReplay::draw(uint64_t blocks) {
  if (next_ == draws_.size() || draws_[next_].blocks != blocks) throw_other_numbers();
  return draws_[next_++].start;
}

void RandomReplay::finish() const {
  if (next_ != draws_.size()) throw_other_numbers();
}

void RandomReplay::throw_other_numbers() const {
  throw AutogradError(std::string(what_) + ": the function draws other random numbers than the first time");
}

}  // namespace core

namespace {

// Whether this thread draws from a stream that was made for a trial, and from which one it draws outside.
constinit thread_local bool in_random_trial = false;
constinit thread_local detail::RandomStream* outside_trial = nullptr;

}  // namespace

detail::RandomStreamScope::RandomStreamScope(RandomStream& stream) : around_(core::own_stream) {
  if (core::capturing) {
    throw AutogradError(
        "a layer with a seed draws from a stream of its own, of which a program that is captured knows nothing; leave "
        "the seed out, and call set_random_seed");
  }
  // That of a trial serves for all.
  if (!in_random_trial) core::own_stream = &stream;
}
detail::RandomStreamScope::~RandomStreamScope() { core::own_stream = around_; }

detail::TrialRandomScope::TrialRandomScope()
    : around_(core::own_stream), outside_(outside_trial), in_trial_(in_random_trial) {
  if (core::capturing) return;
  if (!in_trial_) outside_trial = around_;
  in_random_trial = true;
  core::own_stream = &stream_;
}
detail::TrialRandomScope::~TrialRandomScope() {
  core::own_stream = around_;
  outside_trial = outside_;
  in_random_trial = in_trial_;
}

detail::OutsideTrialRandomScope::OutsideTrialRandomScope() : around_(core::own_stream), in_trial_(in_random_trial) {
  if (in_trial_) core::own_stream = outside_trial;
  in_random_trial = false;
}
detail::OutsideTrialRandomScope::~OutsideTrialRandomScope() {
  core::own_stream = around_;
  in_random_trial = in_trial_;
}

}  // namespace xtape
