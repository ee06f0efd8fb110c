#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// What the xtape programs and their libtorch twins share: how a row is timed and how it is printed. Std only.
namespace bench {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The largest resident set of this process so far, in MB of 10^6 bytes.
inline double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024e-6;
}

/// One line of the result: `name threads unit value`. A name may end in `@variant`: compare.sh keeps the fastest.
inline void print_row(const std::string& name, int threads, const char* unit, double value) {
  std::printf("%s %d %s %.6g\n", name.c_str(), threads, unit, value);
  std::fflush(stdout);
}

/// `--name value` pairs of a command line.
class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 1; i < argc; i += 2) {
      const std::string name = argv[i];
      if (name.rfind("--", 0) != 0 || i + 1 == argc) throw std::invalid_argument("expected --name value, got " + name);
      values_.emplace_back(name.substr(2), argv[i + 1]);
    }
  }

  std::string get(const std::string& name, const std::string& otherwise) const {
    for (const auto& [key, value] : values_) {
      if (key == name) return value;
    }
    return otherwise;
  }

  int get(const std::string& name, int otherwise) const { return std::stoi(get(name, std::to_string(otherwise))); }

  std::vector<std::string> list(const std::string& name) const {
    std::vector<std::string> items;
    std::istringstream text(get(name, ""));
    for (std::string item; std::getline(text, item, ',');) items.push_back(item);
    return items;
  }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// Times small pieces of work: warms up, repeats each in batches long enough for the clock, prints the median batch.
class Runner {
 public:
  explicit Runner(const Arguments& arguments) : threads_(arguments.get("threads", 1)), rows_(arguments.list("rows")) {}

  int threads() const { return threads_; }

  /// False for a row that `--rows` leaves out.
  bool wants(const std::string& name) const {
    if (rows_.empty()) return true;
    return std::find(rows_.begin(), rows_.end(), name.substr(0, name.find('@'))) != rows_.end();
  }

  /// Prints microseconds per call of `body`, divided by `operations` where one call runs a chain of them.
  template <class Body>
  void measure(const std::string& name, Body&& body, double operations = 1) const {
    if (!wants(name)) return;
    body();
    double start = now();
    body();
    double once = now() - start;
    for (start = now(); now() - start < warm_up_seconds;) {
      const double begin = now();
      body();
      once = std::min(once, now() - begin);
    }
    const int repeats = std::max(1, static_cast<int>(batch_seconds / std::max(once, 1e-9)));
    std::vector<double> batches;
    for (start = now(); batches.size() < 3 || now() - start < total_seconds;) {
      const double begin = now();
      for (int i = 0; i < repeats; ++i) body();
      batches.push_back((now() - begin) / repeats);
    }
    print_row(name, threads_, "us", median(std::move(batches)) / operations * 1e6);
  }

 private:
  static constexpr double warm_up_seconds = 0.008;
  static constexpr double batch_seconds = 0.002;
  static constexpr double total_seconds = 0.025;

  int threads_;
  std::vector<std::string> rows_;
};

}  // namespace bench
