#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/detail/named.hpp>

namespace xtape::models {

/// What is said of the outputs of a model: one value for all, one for each by position, or by name.
/// ```
/// .loss = "mse"
/// .loss = {"mse", losses::Huber()}
/// .loss = {{"price", "mse"}, {"kind", "sparse_categorical_crossentropy"}}
/// ```
template <class T>
class PerOutput {
 public:
  enum class Form { one, by_position, by_name };

  /// Nothing.
  PerOutput() = default;
  template <std::convertible_to<T> One>
  requires(!std::same_as<std::remove_cvref_t<One>, PerOutput>) PerOutput(One&& one) : all_{T(std::forward<One>(one))} {}
  PerOutput(std::initializer_list<T> all) : form_(Form::by_position), all_(all) {}
  PerOutput(std::vector<T> all) : form_(Form::by_position), all_(std::move(all)) {}
  PerOutput(std::initializer_list<detail::Named<T>> all) : form_(Form::by_name) {
    for (const auto& [name, value] : all) {
      names_.push_back(name);
      all_.push_back(value);
    }
  }

  Form form() const noexcept { return form_; }
  bool empty() const noexcept { return all_.empty(); }
  const std::vector<T>& all() const noexcept { return all_; }
  /// One for each value that is given by name.
  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  Form form_ = Form::one;
  std::vector<T> all_;
  std::vector<std::string> names_;
};

}  // namespace xtape::models
