#include "core/number_format.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace xtape::core {
namespace {

constexpr int precision = 8;

// A finite number's text in parts: sign and digits before the point, digits after it, exponent.
struct Parts {
  std::string whole;
  std::string fraction;
  int exponent = 0;
};

template <class T, class... Options>
std::string to_text(T value, Options... options) {
  // Enough for any double with 8 digits after the point.
  char buffer[340];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, options...).ptr;
  return std::string(buffer, end);
}

void drop_trailing_zeros(std::string& fraction) { fraction.erase(fraction.find_last_not_of('0') + 1); }

Parts split(const std::string& text) {
  const std::size_t exponent = std::min(text.find('e'), text.size());
  const std::size_t point = std::min(text.find('.'), exponent);
  Parts parts;
  parts.whole = text.substr(0, point);
  if (point < exponent) parts.fraction = text.substr(point + 1, exponent - point - 1);
  if (exponent < text.size()) parts.exponent = std::atoi(text.c_str() + exponent + 1);
  drop_trailing_zeros(parts.fraction);
  return parts;
}

// The shortest digits that give `value` back, rounded to `digits` after the point if they are more.
template <class T>
Parts shortest(T value, std::chars_format format, std::size_t digits = std::string::npos) {
  const Parts parts = split(to_text(value, format));
  return parts.fraction.size() <= digits ? parts : split(to_text(value, format, static_cast<int>(digits)));
}

std::string exponent_text(int exponent, std::size_t digits) {
  const std::string number = std::to_string(std::abs(exponent));
  std::string text = exponent < 0 ? "e-" : "e+";
  text.append(digits - std::min(digits, number.size()), '0');
  return text += number;
}

std::size_t exponent_width(int exponent) { return std::abs(exponent) < 100 ? 2 : 3; }

template <class T>
std::string non_finite_text(T value) {
  return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
}

std::string padded_left(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string padded_right(std::string text, std::size_t width, char filler) {
  text.resize(width, filler);
  return text;
}

}  // namespace

template <class T>
std::string scalar_text(T value) {
  if (!std::isfinite(value)) return non_finite_text(value);
  Parts parts = shortest(value, std::chars_format::scientific);
  const double magnitude = std::abs(value);
  if (magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    return parts.whole + (parts.fraction.empty() ? "" : "." + parts.fraction) +
           exponent_text(parts.exponent, exponent_width(parts.exponent));
  }
  const int zeros = parts.exponent - static_cast<int>(parts.fraction.size());
  // Where the shortest digits end before the point, to_chars would go on with those of the binary value.
  if (zeros >= 0) return parts.whole + parts.fraction + std::string(static_cast<std::size_t>(zeros), '0') + ".0";
  parts = shortest(value, std::chars_format::fixed);
  return parts.whole + "." + parts.fraction;
}

template <class T>
FloatFormat<T>::FloatFormat(const std::vector<T>& values) {
  T largest = 0, smallest = 0;
  for (const T value : values) {
    const T magnitude = std::abs(value);
    if (!std::isfinite(value) || magnitude == 0) continue;
    largest = std::max(largest, magnitude);
    smallest = smallest == 0 ? magnitude : std::min(smallest, magnitude);
  }
  scientific_ = largest >= T(1e8) || (largest > 0 && (smallest < T(1e-4) || largest / smallest > T(1000)));

  for (const T value : values) {
    if (!std::isfinite(value)) continue;
    const Parts parts =
        shortest(value, scientific_ ? std::chars_format::scientific : std::chars_format::fixed, precision);
    left_ = std::max(left_, parts.whole.size());
    fraction_digits_ = std::max(fraction_digits_, parts.fraction.size());
    if (scientific_) exponent_digits_ = std::max(exponent_digits_, exponent_width(parts.exponent));
  }
  right_ = fraction_digits_ + (scientific_ ? exponent_digits_ + 2 : 0);

  for (const T value : values) {
    if (std::isfinite(value)) continue;
    const std::size_t width = non_finite_text(value).size();
    left_ = std::max(left_, width - std::min(width, right_ + 1));
  }
}

template <class T>
std::string FloatFormat<T>::operator()(T value) const {
  if (!std::isfinite(value)) return padded_left(non_finite_text(value), left_ + 1 + right_);
  if (scientific_) {
    // All numbers get as many digits as the one that needs most.
    const Parts parts = split(to_text(value, std::chars_format::scientific, static_cast<int>(fraction_digits_)));
    return padded_left(parts.whole, left_) + "." + padded_right(parts.fraction, fraction_digits_, '0') +
           exponent_text(parts.exponent, exponent_digits_);
  }
  const Parts parts = shortest(value, std::chars_format::fixed, precision);
  return padded_left(parts.whole, left_) + "." + padded_right(parts.fraction, fraction_digits_, ' ');
}

template std::string scalar_text(float);
template std::string scalar_text(double);
template class FloatFormat<float>;
template class FloatFormat<double>;

}  // namespace xtape::core
