#include "core/core_watch.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace xtape::core {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 1ms;
// Less than this is the system's own work, not another thread's turn.
constexpr auto turn = 300us;
constexpr auto memory = 64ms;
constexpr auto longest_rest = 256ms;
constexpr int least_rest = 4, most_rest = 64;  // times what was lost

}  // namespace

CoreWatch::Usage CoreWatch::usage() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  rusage counts{};
#ifdef RUSAGE_THREAD
  getrusage(RUSAGE_THREAD, &counts);
#endif
  return {std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec), counts.ru_nvcsw};
}

CoreWatch::CoreWatch() : since_(Clock::now()), then_(usage()), rest_(least_rest) {}

void CoreWatch::start(Clock::time_point since) {
  since_ = since;
  then_ = usage();
}

CoreWatch::Clock::duration CoreWatch::check(Clock::time_point now) {
  if (now - since_ < interval) return {};
  const Usage before = std::exchange(then_, usage());
  const auto passed = now - std::exchange(since_, now);
  if (then_.waits != before.waits || then_.on_cpu < before.on_cpu) return {};  // fewer: the counts of a child of fork()
  const auto lost = std::max<Clock::duration>(passed - (then_.on_cpu - before.on_cpu), {});
  watched_ += passed;
  lost_ += lost;
  if (lost_ < watched_ / 8 && watched_ > memory) rest_ = least_rest;
  if (watched_ > memory) {
    watched_ /= 2;
    lost_ /= 2;
  }
  if (lost < turn || lost_ < watched_ / 8) return {};
  const auto duration = std::min<Clock::duration>(rest_ * lost, longest_rest);
  rest_ = std::min(2 * rest_, most_rest);
  return duration;
}

}  // namespace xtape::core
