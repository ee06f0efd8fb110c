#include "core/core_watch.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>

namespace xtape::core {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 1ms;
// Less than this is the system's own work, not another thread's turn.
constexpr auto turn = 300us;
constexpr auto memory = 64ms;
constexpr auto longest_rest = 256ms;

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

void CoreWatch::start(Clock::time_point since) {
  since_ = since;
  then_ = usage();
}

CoreWatch::Clock::duration CoreWatch::check(Clock::time_point now) {
  if (now - since_ < interval) return {};
  const Usage usage_now = usage();
  const auto passed = now - since_;
  const auto lost = std::max<Clock::duration>(passed - (usage_now.on_cpu - then_.on_cpu), {});
  const bool waited = usage_now.waits != then_.waits;
  since_ = now;
  then_ = usage_now;
  if (waited) return {};
  watched_ += passed;
  lost_ += lost;
  if (watched_ > memory) {
    watched_ /= 2;
    lost_ /= 2;
  }
  if (lost < turn || lost_ < watched_ / 8) return {};
  return std::min<Clock::duration>(32 * lost, longest_rest);
}

}  // namespace xtape::core
