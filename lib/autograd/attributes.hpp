#pragma once

#include <xtape/dtype.hpp>
#include <xtape/scalar.hpp>
#include <xtape/shape.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace xtape::autograd {

// The attributes of an operation by name, as text. Two operations of one name are equal if their texts are: numbers are
// written with all their digits.
class Attributes {
 public:
  Attributes();
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes();

  template <class Value>
  void operator()(const char* name, const Value& value) {
    begin(name);
    write(value);
  }
  const std::string& str() const { return text_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  // Out of line, as each operation has its own calls.
  void begin(const char* name);
  void begin_list();
  void separate();
  void end_list();
  void write_integer(int64_t value);

  void write(bool value);
  void write(std::integral auto value) { write_integer(static_cast<int64_t>(value)); }
  void write(double value);
  void write(const char* value);
  void write(const Scalar& value);
  void write(DType value);
  void write(const Shape& value);
  void write(const Axes& value);
  template <class First, class Second>
  void write(const std::pair<First, Second>& value) {
    begin_list();
    write(value.first);
    separate();
    write(value.second);
    end_list();
  }
  template <class List>
  requires requires(const List& list) { list.begin(), list.end(); }
  void write(const List& list) {
    begin_list();
    bool first = true;
    for (const auto& each : list) {
      if (!std::exchange(first, false)) separate();
      write(each);
    }
    end_list();
  }

  std::string text_;
  std::vector<std::string> names_;
};

}  // namespace xtape::autograd
