#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <xtape/json.hpp>

// Apart from parse_json, which a program that reads no files does without.
namespace xtape {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string text_of(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  return text_of(Json(number));
}

// Here and not by nlohmann's own values, which know no number for NaN.
class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  void write(const Config& config) {
    if (config.is_list()) {
      begin('[');
      for (const Config& each : config.list()) {
        next();
        write(each);
      }
      end(']');
    } else if (config.is_dict()) {
      begin('{');
      for (const Config::Entry& entry : config.entries()) {
        next();
        text += text_of(Json(entry.name)) + (indent_ < 0 ? ":" : ": ");
        write(entry.value);
      }
      end('}');
    } else if (config.is_null()) {
      text += "null";
    } else if (config.is_bool()) {
      text += config.boolean() ? "true" : "false";
    } else if (config.is_integer()) {
      text += std::to_string(config.integer());
    } else {
      text += config.is_number() ? text_of(config.number()) : text_of(Json(config.text()));
    }
  }

  std::string text;

 private:
  void begin(char bracket) {
    text += bracket;
    ++depth_;
    is_empty_ = true;
  }
  void next() {
    if (!is_empty_) text += ',';
    new_line();
    is_empty_ = false;
  }
  void end(char bracket) {
    --depth_;
    if (!is_empty_) new_line();
    text += bracket;
    is_empty_ = false;
  }
  void new_line() {
    if (indent_ >= 0) text += '\n' + std::string(static_cast<std::size_t>(indent_ * depth_), ' ');
  }

  const int indent_;
  int depth_ = 0;
  // Whether nothing was written since the last bracket was opened.
  bool is_empty_ = false;
};

}  // namespace

std::string to_json(const Config& config, int indent) {
  Writer writer(indent);
  writer.write(config);
  return std::move(writer.text);
}

}  // namespace xtape
