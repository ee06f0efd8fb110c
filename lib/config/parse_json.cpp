#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/json.hpp>

namespace xtape {
namespace {

constexpr std::size_t max_bytes = std::size_t{64} << 20;
constexpr std::size_t max_depth = 200;

// Builds the value that the parser comes by, piece by piece: no second tree, and limits hold before memory is taken.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Config result;

  bool null() override { return add({}); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(int64_t value) override { return add(value); }
  bool number_unsigned(uint64_t value) override {
    return std::in_range<int64_t>(value) ? add(static_cast<int64_t>(value)) : add(static_cast<double>(value));
  }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& text) override { return add(std::move(text)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (!open_.back().names.insert(name).second) throw FormatError("JSON: the name \"" + name + "\" is given twice");
    open_.back().name = name;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    throw FormatError("JSON: at byte " + std::to_string(position) + ": " + error.what());
  }

 private:
  // A list or values by name of which the end is still to come.
  struct Open {
    bool is_dict;
    Config::List list;
    Config::Entries entries;
    std::string name;
    std::set<std::string> names;
  };

  bool add(Config value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (open_.back().is_dict) {
      open_.back().entries.push_back({std::move(open_.back().name), std::move(value)});
    } else {
      open_.back().list.push_back(std::move(value));
    }
    return true;
  }
  bool open(bool is_dict) {
    if (open_.size() == max_depth) {
      throw FormatError("JSON: values are nested deeper than " + std::to_string(max_depth));
    }
    open_.push_back({is_dict, {}, {}, {}, {}});
    return true;
  }
  bool close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    return add(done.is_dict ? Config(std::move(done.entries)) : Config(std::move(done.list)));
  }

  std::vector<Open> open_;
};

}  // namespace

Config parse_json(std::string_view text) {
  if (text.size() > max_bytes) throw FormatError("JSON: the text has more than 64 MiB");
  Builder builder;
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder.result);
}

}  // namespace xtape
