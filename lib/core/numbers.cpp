#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>

#include "core/number_format.hpp"

namespace xtape::detail {
namespace {

struct Rule {
  const char* expected;
  bool (*holds)(double number);
};

Rule rule_of(Range range) {
  switch (range) {
    case Range::finite:
      return {"be finite", [](double number) { return std::isfinite(number); }};
    case Range::not_negative:
      return {"not be negative", [](double number) { return number >= 0; }};
    case Range::finite_and_not_negative:
      return {"be finite and not negative", [](double number) { return number >= 0 && std::isfinite(number); }};
    case Range::positive:
      return {"be positive", [](double number) { return number > 0; }};
    case Range::finite_and_positive:
      return {"be positive and finite", [](double number) { return number > 0 && std::isfinite(number); }};
    case Range::from_0_to_1:
      return {"lie between 0 and 1", [](double number) { return number >= 0 && number <= 1; }};
    case Range::from_0_below_1:
      break;
  }
  return {"lie in [0, 1)", [](double number) { return number >= 0 && number < 1; }};
}

[[noreturn]] void refuse(std::string_view subject, std::string_view option, const std::string& expected,
                         const std::string& given, const std::string& path) {
  throw ValueError(std::string(subject) + ": " + std::string(option) + " must " + expected + ", given " + given, path);
}

}  // namespace

void check_number(std::string_view subject, std::string_view option, double number, Range range,
                  const std::string& path) {
  const Rule rule = rule_of(range);
  if (!rule.holds(number)) refuse(subject, option, rule.expected, core::scalar_text(number), path);
}

void check_at_least(int64_t least, std::string_view subject, std::string_view option, int64_t number,
                    const std::string& path) {
  if (number < least) refuse(subject, option, "be at least " + std::to_string(least), std::to_string(number), path);
}

}  // namespace xtape::detail
