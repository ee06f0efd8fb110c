#include "callbacks/number_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>
#include <vector>
#include <xtape/ops/creation.hpp>

namespace xtape::callbacks {

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[32];
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e16)) {
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr};
  }
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string numbers_text(const Tensor& values) {
  std::string text;
  for (const double value : values.to_vector<double>()) text += (text.empty() ? "" : ", ") + number_text(value);
  return "\"[" + text + "]\"";
}

bool parse_number(const std::string& text, double& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Tensor parse_numbers(const std::string& text) {
  if (text.size() < 4 || !text.starts_with("\"[") || !text.ends_with("]\"")) return {};
  std::vector<double> values;
  for (std::size_t begin = 2; begin < text.size() - 2;) {
    const std::size_t end = std::min(text.find(", ", begin), text.size() - 2);
    if (!parse_number(text.substr(begin, end - begin), values.emplace_back())) return {};
    begin = end + 2;
  }
  return tensor(values);
}

}  // namespace xtape::callbacks
