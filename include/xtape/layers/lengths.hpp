#pragma once

#include <concepts>
#include <initializer_list>
#include <xtape/config.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {

/// Lengths of an output's last axes: one, or several in braces; none by default.
class Lengths {
 public:
  Lengths() = default;
  template <std::convertible_to<Count> One>
  Lengths(One one) : shape_{Count(one)} {}
  Lengths(std::initializer_list<Count> several) {
    for (const Count length : several) shape_.push_back(length);
  }
  Lengths(const Shape& shape) : shape_(shape) {}

  bool empty() const noexcept { return shape_.empty(); }
  const Shape& shape() const noexcept { return shape_; }

 private:
  Shape shape_;
};
/// A list, in which nothing stands for -1, or nothing for none. One number is read too.
XTAPE_API Config to_config(const Lengths& lengths);
XTAPE_API void from_config(const Config& config, Lengths& lengths);

}  // namespace xtape::layers
