#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/one_line.hpp>
#include <xtape/error.hpp>
#include <xtape/utils/progbar.hpp>

namespace xtape::utils {
namespace {

template <class... Arguments>
std::string format(const char* text, Arguments... arguments) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, text, arguments...);
  return buffer;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string step_time(double per_step, const std::string& unit) {
  if (per_step >= 1 || per_step == 0) return format(" %.0fs/", per_step) + unit;
  if (per_step >= 1e-3) return format(" %.0fms/", per_step * 1e3) + unit;
  return format(" %.0fus/", per_step * 1e6) + unit;
}

std::string remaining_time(double eta) {
  const int whole = static_cast<int>(eta);
  if (eta > 3600) return format("%d:%02d:%02d", whole / 3600, whole % 3600 / 60, whole % 60);
  if (eta > 60) return format("%d:%02d", whole / 60, whole % 60);
  return format("%ds", whole);
}

std::string numbers(const callbacks::Logs& logs) {
  std::ostringstream text;
  if (logs.size() > 0) text << " - " << logs;
  return text.str();
}

// Keras's line at the end of an epoch has negative numbers as powers of ten, which its bar has not.
std::string numbers_of_line(const callbacks::Logs& logs) {
  std::string text;
  for (const auto& [name, value] : logs) {
    callbacks::Logs one;
    one.set(name, value);
    text += value < 0 ? " - " + detail::one_line(name) + format(": %.4e", value) : numbers(one);
  }
  return text;
}

std::string repeated(const char* symbol, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += symbol;
  return text;
}

constexpr const char* bold = "\x1b[1m";
constexpr const char* green = "\x1b[32m";
constexpr const char* white = "\x1b[37m";
constexpr const char* plain = "\x1b[0m";

}  // namespace

Progbar::Progbar(std::optional<int64_t> target, ProgbarOptions options)
    : options_(std::move(options)), start_(seconds_now()) {
  if (target) set_target(*target);
  detail::check_number("Progbar", "interval", options_.interval, detail::Range::not_negative);
  if (options_.verbose < 0 || options_.verbose > 2) {
    throw ValueError("verbose must be 0, 1 or 2, given " + std::to_string(options_.verbose));
  }
  const bool terminal = options_.verbose == 1 && options_.stream == nullptr && isatty(STDOUT_FILENO) == 1;
  dynamic_display_ = options_.dynamic_display.value_or(terminal);
  if (options_.stream == nullptr) options_.stream = &std::cout;
}

void Progbar::set_target(int64_t target) {
  detail::check_at_least(1, "Progbar", "target", target);
  target_ = target;
}

// Keras leaves the first step, which is rarely typical, out of the mean of the later ones.
double Progbar::seconds_per_step(int64_t current, double now) {
  if (current == 0) return 0;
  const double result = after_first_step_ && current > 1 ? (now - *after_first_step_) / static_cast<double>(current - 1)
                                                         : (now - start_) / static_cast<double>(current);
  if (current == 1) after_first_step_ = now;
  return result;
}

// The count and the bar; `width` counts the columns they take.
std::string Progbar::bar_text(int64_t current, int& width) const {
  if (!target_) {
    const std::string count = format("%7lld/Unknown", static_cast<long long>(current));
    width = static_cast<int>(count.size());
    return count;
  }
  const int digits = static_cast<int>(std::to_string(*target_).size());
  const std::string count =
      format("%*lld/%lld", digits, static_cast<long long>(current), static_cast<long long>(*target_));
  const int done = static_cast<int>(static_cast<double>(options_.width) * static_cast<double>(current) /
                                    static_cast<double>(*target_));
  width = static_cast<int>(count.size()) + 1 + options_.width;
  if (!dynamic_display_) return count + ' ' + repeated("━", options_.width);
  std::string text = bold + count + plain + ' ';
  if (done > 0) text += green + repeated("━", done) + plain;
  return text + white + repeated("━", options_.width - done) + plain;
}

void Progbar::update(int64_t current, const callbacks::Logs& logs, bool finalize) {
  if (options_.verbose == 0) return;
  for (const auto& [name, value] : logs) shown_.set(name, value);
  const double now = seconds_now();
  const double per_step = seconds_per_step(current, now);
  std::ostream& out = *options_.stream;
  if (options_.verbose == 2) {
    if (!finalize) return;
    const std::string count = std::to_string(current) + '/' + (target_ ? std::to_string(*target_) : "Unknown");
    out << count << format(" - %.0fs", now - start_) << " -" << step_time(per_step, options_.unit_name)
        << numbers_of_line(shown_) << '\n'
        << std::flush;
    return;
  }
  if (!finalize && (!dynamic_display_ || now - last_update_ < options_.interval)) return;
  last_update_ = now;
  int width = 0;
  const std::string bar = bar_text(current, width);
  const std::string time = finalize || !target_ ? format("%.0fs", now - start_)
                                                : remaining_time(per_step * static_cast<double>(*target_ - current));
  const std::string rest = step_time(per_step, options_.unit_name) + numbers(shown_);
  width += 1 + static_cast<int>(time.size() + rest.size());
  if (dynamic_display_) {
    out << std::string(static_cast<std::size_t>(previous_width_), '\b') << '\r' << bar << ' ' << bold << time << plain
        << rest << std::string(static_cast<std::size_t>(std::max(previous_width_ - width, 0)), ' ');
  } else {
    out << bar << ' ' << time << rest;
  }
  if (finalize) out << '\n';
  out << std::flush;
  previous_width_ = width;
}

}  // namespace xtape::utils
