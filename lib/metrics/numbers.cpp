#include <string>
#include <xtape/fields.hpp>
#include <xtape/metrics/numbers.hpp>

namespace xtape::metrics {

Config to_config(const Numbers& numbers) {
  if (!numbers.given()) return {};
  return numbers.is_list() ? xtape::to_config(numbers.all()) : Config(numbers.all().front());
}

void from_config(const Config& config, Numbers& numbers) {
  if (config.is_null()) {
    numbers = {};
  } else if (config.is_list()) {
    std::vector<double> list;
    xtape::from_config(config, list);
    numbers = std::move(list);
  } else {
    numbers = config.number();
  }
}

}  // namespace xtape::metrics
