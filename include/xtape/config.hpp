#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>
#include <xtape/export.hpp>

namespace xtape {

/// What an object was made with, as plain values: nothing (Python's None), a truth value, a number, a text, a list, or
/// values by name in the order in which they were set. What `get_config` gives and `from_config` takes; json.hpp writes
/// it as text.
class XTAPE_API Config {
 public:
  using List = std::vector<Config>;
  /// A value with its name.
  struct Entry;
  using Entries = std::vector<Entry>;

  /// Nothing.
  Config() noexcept;
  Config(std::nullptr_t) noexcept : Config() {}
  template <std::same_as<bool> Truth>
  Config(Truth value) : Config(Value(value)) {}
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) Config(Number value) : Config(Value(static_cast<int64_t>(value))) {}
  Config(double value);
  Config(const char* text);
  Config(std::string text);
  Config(List list);
  /// Values by name, of which no two are alike.
  explicit Config(Entries entries);
  /// No values yet: `Config c = Config::dict(); c.set("units", 3);`.
  static Config dict();
  Config(const Config& other);
  Config(Config&& other) noexcept;
  Config& operator=(const Config& other);
  Config& operator=(Config&& other) noexcept;
  ~Config();

  bool is_null() const noexcept;
  bool is_bool() const noexcept;
  bool is_integer() const noexcept;
  /// A floating number or an integer.
  bool is_number() const noexcept;
  bool is_text() const noexcept;
  bool is_list() const noexcept;
  bool is_dict() const noexcept;

  /// @throws ValueError, in these, for a value of another kind: `expected a list, given 3`.
  bool boolean() const;
  /// Also of a floating number without a fraction, as JSON writers may make of integers.
  int64_t integer() const;
  double number() const;
  const std::string& text() const;
  const List& list() const;
  /// The values by name.
  const Entries& entries() const;

  /// Of values by name: the one of that name, or null.
  const Config* find(std::string_view name) const;
  /// @throws ValueError naming the known names.
  const Config& at(std::string_view name) const;
  /// Sets the value of that name, which comes last if it is new.
  void set(std::string_view name, Config value);

  /// Equal kinds and values; 1 and 1.0 are of two kinds, and NaN is equal to NaN, so that copies are equal. Values by
  /// name may be in any order.
  bool operator==(const Config& other) const;
  /// JSON on one line.
  std::string str() const;

 private:
  using Value = std::variant<std::monostate, bool, int64_t, double, std::string, List, Entries>;
  explicit Config(Value value);

  Value value_;
};

struct Config::Entry {
  std::string name;
  Config value;
};

}  // namespace xtape
