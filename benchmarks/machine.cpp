// machine [--threads N]: what the machine can do, to hold the other figures against: fused multiply-adds in float32 on
// registers, and copying beyond the caches. Compiled for the machine at hand.

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <exception>
#include <thread>
#include <vector>

#include "timing.hpp"

namespace {

#if defined(__AVX512F__)
constexpr std::size_t vector_bytes = 64;
#elif defined(__AVX__)
constexpr std::size_t vector_bytes = 32;
#else
constexpr std::size_t vector_bytes = 16;
#endif
typedef float Vector __attribute__((vector_size(vector_bytes)));

constexpr int seconds = 2;

// The best and the mean rate of `amount(run)` per second, over a few seconds.
struct Rate {
  double best, mean;
};

template <class Body>
Rate rate_of(double amount, const Body& body) {
  double best = 0, runs = 0;
  const double start = bench::now();
  double end = start;
  while (end - start < seconds) {
    const double begin = end;
    body();
    end = bench::now();
    best = std::max(best, amount / (end - begin));
    ++runs;
  }
  return {best, runs * amount / (end - start)};
}

// Ten sums at a time: two units with a latency of four or five cycles.
Rate multiply_adds() {
  constexpr int sums = 10, steps = 2'000'000;
  return rate_of(2.0 * sums * steps * vector_bytes / sizeof(float), [] {
    Vector sum[sums] = {}, factor = {}, term = {};
    factor += 0.999f;
    term += 0.001f;
    for (int i = 0; i < sums; ++i) sum[i] += static_cast<float>(i);
    for (int step = 0; step < steps; ++step) {
#pragma GCC unroll 10
      for (Vector& one : sum) one = one * factor + term;
    }
    for (const Vector& one : sum) asm volatile("" : : "m"(one));
  });
}

Rate copies() {
  constexpr std::size_t size = 64 << 20;
  std::vector<char> from(size, 1), to(size, 2);
  return rate_of(size, [&] {
    std::memcpy(to.data(), from.data(), size);
    asm volatile("" : : "r"(to.data()) : "memory");
  });
}

// All threads at once; their rates added.
template <class Measure>
void report(const char* what, int threads, const char* unit, const Measure& measure) {
  std::vector<Rate> rates(static_cast<std::size_t>(threads));
  std::vector<std::thread> team;
  for (Rate& rate : rates) team.emplace_back([&rate, &measure] { rate = measure(); });
  for (std::thread& member : team) member.join();
  Rate all{0, 0};
  for (const Rate& rate : rates) all = {all.best + rate.best, all.mean + rate.mean};
  std::printf("%-12s %d threads: best %.0f, mean %.0f %s\n", what, threads, all.best * 1e-9, all.mean * 1e-9, unit);
}

}  // namespace

int main(int argc, char** argv) try {
  const int threads = bench::Arguments(argc, argv).get("threads", 1);
  report("multiply-add", threads, "GFLOP/s", multiply_adds);
  report("copy", threads, "GB/s", copies);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "machine: %s\n", error.what());
  return 1;
}
