#include "plots/scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "plots/text.hpp"

namespace xtape::plots {
namespace {

// A round number that is not much smaller.
double round_step(double step, bool whole) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    const double rounded = factor * power;
    if (rounded >= 0.8 * step && (!whole || rounded == std::floor(rounded))) return rounded;
  }
  return 10 * power;
}

std::vector<Tick> multiples(double low, double high, double step) {
  // As many decimals as the step has.
  int decimals = 0;
  while (decimals < 12 && std::abs(step * std::pow(10, decimals) - std::round(step * std::pow(10, decimals))) > 1e-6) {
    ++decimals;
  }
  const double largest = std::max(std::abs(low), std::abs(high));
  const bool powers = largest >= 1e6 || largest < 1e-3;
  std::vector<Tick> result;
  // Multiples that double cannot tell from the limits belong to them.
  for (double i = std::ceil(low / step - 1e-9); i <= std::floor(high / step + 1e-9); ++i) {
    const double value = i == 0 ? 0 : i * step;
    result.push_back({value, powers ? short_number(value, 6) : fixed_number(value, decimals)});
  }
  return result;
}

std::string superscript(int number) {
  constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = number < 0 ? "⁻" : "";
  for (const char digit : std::to_string(std::abs(number))) text += digits[digit - '0'];
  return text;
}

std::string power_label(double factor, int power) {
  if (std::abs(power) <= 3) return short_number(factor * std::pow(10, power), 6);
  return (factor == 1 ? "10" : fixed_number(factor, 0) + "·10") + superscript(power);
}

std::vector<Tick> powers_of_ten(const Scale& scale, const std::vector<double>& factors, int every) {
  const int first = static_cast<int>(std::floor(std::log10(scale.low)));
  const int last = static_cast<int>(std::ceil(std::log10(scale.high)));
  std::vector<Tick> result;
  for (int power = first; power <= last; ++power) {
    if (power % every != 0) continue;
    for (const double factor : factors) {
      const double value = factor * std::pow(10, power);
      const double place = scale(value);
      if (place > -1e-9 && place < 1 + 1e-9) result.push_back({value, power_label(factor, power)});
    }
  }
  return result;
}

}  // namespace

double Scale::operator()(double value) const {
  if (logarithmic) return std::log(value / low) / std::log(high / low);
  // Halves, for the difference of large numbers may be more than a double holds.
  return (value / 2 - low / 2) / (high / 2 - low / 2);
}

double Scale::clipped(double value) const { return std::clamp((*this)(value), 0.0, 1.0); }

bool Scale::takes(double value) const { return std::isfinite(value) && (!logarithmic || value > 0); }

Scale scale_of(const std::vector<double>& values, bool logarithmic) {
  Scale scale{0, 1, logarithmic};
  std::vector<double> taken;
  for (const double value : values) {
    if (scale.takes(value)) taken.push_back(value);
  }
  if (taken.empty()) return logarithmic ? Scale{1, 10, true} : Scale{0, 1, false};
  const auto [least, largest] = std::minmax_element(taken.begin(), taken.end());
  const double low = *least, high = *largest;
  if (logarithmic) {
    const double room = low == high ? 1.5 : std::min(std::pow(high / low, 0.05), 1e10);
    return {std::max(low / room, 1e-300), std::min(std::max(high * room, 1e-299), 1e300), true};
  }
  double room = (high / 2 - low / 2) * 0.1;
  // Differences that rounding makes are none.
  if (room <= 1e-9 * std::max(std::abs(high), std::abs(low))) room = low == 0 ? 0.5 : std::abs(low) * 0.1;
  constexpr double limit = 1e300;
  // What is never negative, as a loss, has no room below 0.
  return {std::max(low >= 0 ? std::max(low - room, 0.0) : low - room, -limit), std::min(high + room, limit), false};
}

std::vector<Tick> ticks(const Scale& scale, int count) {
  if (scale.logarithmic) {
    const double decades = std::log10(scale.high / scale.low);
    if (decades >= 2) return powers_of_ten(scale, {1}, std::max(1, static_cast<int>(std::ceil(decades / count))));
    const auto several = powers_of_ten(scale, {1, 2, 5}, 1);
    if (several.size() >= 3) return several;
  }
  return multiples(scale.low, scale.high, round_step((scale.high / 2 - scale.low / 2) / count * 2, false));
}

std::vector<Tick> whole_ticks(double low, double high, int count) {
  return multiples(low, high, round_step(std::max((high - low) / count, 1.0), true));
}

}  // namespace xtape::plots
