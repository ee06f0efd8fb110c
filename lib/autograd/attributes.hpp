#pragma once

#include <xtape/dtype.hpp>
#include <xtape/scalar.hpp>
#include <xtape/shape.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/number_format.hpp"

namespace xtape::autograd {

// The attributes of an operation by name, as text. Two operations of one name are equal if their texts are: numbers are
// written with all their digits.
class Attributes {
 public:
  template <class Value>
  void operator()(const char* name, const Value& value) {
    text_.append(text_.empty() ? "" : ", ").append(name).append("=").append(text_of(value));
    names_.emplace_back(name);
  }
  const std::string& str() const { return text_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  static std::string text_of(bool value) { return value ? "true" : "false"; }
  static std::string text_of(std::integral auto value) { return std::to_string(value); }
  static std::string text_of(double value) { return core::scalar_text(value); }
  static std::string text_of(const char* value) { return value; }
  static std::string text_of(const Scalar& value) { return value.str(); }
  static std::string text_of(DType value) { return name(value); }
  static std::string text_of(const Shape& value) { return value.str(); }
  static std::string text_of(const Axes& value) { return value.all() ? "all" : text_of(value.values()); }
  template <class First, class Second>
  static std::string text_of(const std::pair<First, Second>& value) {
    return in_parentheses(text_of(value.first).append(", ").append(text_of(value.second)));
  }
  template <class List>
  requires requires(const List& list) { list.begin(), list.end(); }
  static std::string text_of(const List& list) {
    std::string text;
    for (const auto& each : list) text.append(text.empty() ? "" : ", ").append(text_of(each));
    return in_parentheses(text);
  }
  static std::string in_parentheses(const std::string& text) { return std::string(1, '(').append(text).append(1, ')'); }

  std::string text_;
  std::vector<std::string> names_;
};

}  // namespace xtape::autograd
