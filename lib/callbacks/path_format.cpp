#include "callbacks/path_format.hpp"

#include <cctype>
#include <cstdio>
#include <string_view>
#include <xtape/error.hpp>

#include "callbacks/number_text.hpp"

namespace xtape::callbacks {
namespace {

// What may follow the colon.
struct Spec {
  std::string flags, width, precision;
  char type = 0;
};

std::string digits(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) ++at;
  return std::string(text.substr(begin, at - begin));
}

std::optional<Spec> spec_of(std::string_view text) {
  Spec spec;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == ' ' || text[at] == '-')) {
    if (text[at] != '-') spec.flags += text[at];
    ++at;
  }
  if (at < text.size() && text[at] == '0') {
    spec.flags += '0';
    ++at;
  }
  spec.width = digits(text, at);
  if (at < text.size() && text[at] == '.') {
    ++at;
    spec.precision = digits(text, at);
    if (spec.precision.empty()) return std::nullopt;
  }
  if (at < text.size()) spec.type = text[at++];
  // More digits would be no file name.
  if (at != text.size() || spec.width.size() > 3 || spec.precision.size() > 3) return std::nullopt;
  return spec;
}

template <class Number>
std::string printed(const std::string& format, Number number) {
  const int length = std::snprintf(nullptr, 0, format.c_str(), number);
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  std::snprintf(text.data(), text.size(), format.c_str(), number);
  text.pop_back();
  return text;
}

// Nothing where Python throws.
std::optional<std::string> written(const Spec& spec, std::optional<int64_t> integer, double number) {
  const std::string start = '%' + spec.flags + spec.width;
  const std::string precision = spec.precision.empty() ? "" : '.' + spec.precision;
  if (spec.type == 'd' || (spec.type == 0 && integer)) {
    if (!integer || !precision.empty()) return std::nullopt;
    return printed(start + "lld", static_cast<long long>(*integer));
  }
  if (spec.type == 0) {
    if (!precision.empty()) return printed(start + precision + 'g', number);
    if (spec.width.empty() && spec.flags.empty()) return number_text(number);
    return printed(start + "g", number);
  }
  if (spec.type == '%') return printed(start + (precision.empty() ? ".6" : precision) + "f%%", number * 100);
  if (std::string_view("eEfFgG").find(spec.type) == std::string_view::npos) return std::nullopt;
  return printed(start + precision + spec.type, number);
}

class PathFormat {
 public:
  PathFormat(const std::string& path, int64_t epoch, std::optional<int64_t> batch, const Logs& logs)
      : path_(path), epoch_(epoch), batch_(batch), logs_(logs) {}

  std::string text() const {
    std::string result;
    for (std::size_t at = 0; at < path_.size(); ++at) {
      const char letter = path_[at];
      if (letter != '{' && letter != '}') {
        result += letter;
      } else if (at + 1 < path_.size() && path_[at + 1] == letter) {
        result += letter;
        ++at;
      } else {
        const std::size_t end = letter == '{' ? path_.find('}', at) : std::string::npos;
        if (end == std::string::npos) fail("there is a single '" + std::string(1, letter) + "'");
        result += field(path_.substr(at + 1, end - at - 1));
        at = end;
      }
    }
    return result;
  }

 private:
  std::string field(const std::string& text) const {
    const std::size_t colon = text.find(':');
    const std::string name = text.substr(0, colon);
    std::optional<int64_t> integer;
    double number = 0;
    // A log of that name goes before the number of the batch, as in Keras.
    if (name == "epoch") {
      integer = epoch_;
    } else if (logs_.contains(name)) {
      number = logs_[name];
    } else if (name == "batch" && batch_) {
      integer = batch_;
    } else {
      std::string known = "epoch";
      if (batch_) known += ", batch";
      for (const auto& entry : logs_) known += ", " + entry.first;
      fail("'" + name + "'; there are " + known);
    }
    if (integer) number = static_cast<double>(*integer);
    const std::optional<Spec> spec =
        spec_of(colon == std::string::npos ? "" : std::string_view(text).substr(colon + 1));
    const std::optional<std::string> result = spec ? written(*spec, integer, number) : std::nullopt;
    if (!result) fail("{" + text + "} is no format for " + (integer ? "an integer" : "a floating number"));
    return *result;
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw ValueError("Failed to format this callback filepath: \"" + path_ + "\". Reason: " + reason);
  }

  const std::string& path_;
  int64_t epoch_;
  std::optional<int64_t> batch_;
  const Logs& logs_;
};

}  // namespace

std::string formatted_path(const std::string& path, int64_t epoch, std::optional<int64_t> batch, const Logs& logs) {
  return PathFormat(path, epoch, batch, logs).text();
}

}  // namespace xtape::callbacks
