#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <utility>
#include <xtape/callbacks/logs.hpp>
#include <xtape/export.hpp>

namespace xtape::models {

/// Loss and metrics, as evaluate and train_on_batch give them. They are read by name or place, or taken apart where
/// they are the loss and one metric:
/// ```
/// const auto [loss, accuracy] = model.evaluate(x, y);
/// ```
/// Where there are more, C++ must be told how many: `const auto [loss, accuracy, auc] = model.evaluate<3>(x, y);`. All
/// figures of a metric with several are in `values`.
class XTAPE_API Scores : public callbacks::Logs {
 public:
  Scores() = default;
  explicit Scores(callbacks::Logs logs) : Logs(std::move(logs)) {}

  /// One of two numbers. @throws ValueError if there are not two.
  template <std::size_t place>
  double get() const {
    check_count(2);
    return (*this)[place];
  }
  /// All of them. @throws ValueError for another number.
  template <std::size_t count>
  std::array<double, count> numbers() const {
    check_count(count);
    std::array<double, count> result;
    for (std::size_t i = 0; i < count; ++i) result[i] = (*this)[i];
    return result;
  }

 private:
  void check_count(std::size_t asked) const;
};

}  // namespace xtape::models

template <>
struct std::tuple_size<xtape::models::Scores> : std::integral_constant<std::size_t, 2> {};
template <std::size_t place>
struct std::tuple_element<place, xtape::models::Scores> {
  using type = double;
};
