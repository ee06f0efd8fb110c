#include "autograd/attributes.hpp"

#include "core/number_format.hpp"

namespace xtape::autograd {

Attributes::Attributes() = default;
Attributes::~Attributes() = default;

void Attributes::begin(const char* name) {
  if (!text_.empty()) separate();
  text_.append(name).append("=");
  names_.emplace_back(name);
}

void Attributes::begin_list() { text_ += '('; }
void Attributes::separate() { text_ += ", "; }
void Attributes::end_list() { text_ += ')'; }

void Attributes::write(bool value) { text_ += value ? "true" : "false"; }
void Attributes::write_integer(int64_t value) { text_ += std::to_string(value); }
void Attributes::write(double value) { text_ += core::scalar_text(value); }
void Attributes::write(const char* value) { text_ += value; }
void Attributes::write(const Scalar& value) { text_ += value.str(); }
void Attributes::write(DType value) { text_ += name(value); }
void Attributes::write(const Shape& value) { text_ += value.str(); }
void Attributes::write(const Axes& value) {
  if (value.all()) {
    text_ += "all";
  } else {
    write(value.values());
  }
}

}  // namespace xtape::autograd
