#pragma once

#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/export.hpp>

namespace xtape::metrics {

/// An option that is one number, a list of them, or left out: Keras's None.
class XTAPE_API Numbers {
 public:
  Numbers() = default;
  Numbers(double one) : all_{one}, given_(true) {}
  Numbers(std::initializer_list<double> list) : Numbers(std::vector<double>(list)) {}
  Numbers(std::vector<double> list) : all_(std::move(list)), given_(true), list_(true) {}

  bool given() const noexcept { return given_; }
  bool is_list() const noexcept { return list_; }
  const std::vector<double>& all() const noexcept { return all_; }

 private:
  std::vector<double> all_;
  bool given_ = false;
  bool list_ = false;
};

XTAPE_API Config to_config(const Numbers& numbers);
/// @throws ValueError for a Config of another kind.
XTAPE_API void from_config(const Config& config, Numbers& numbers);

}  // namespace xtape::metrics
