#include <vector>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/size.hpp>

namespace xtape::layers {

template <std::size_t axes>
Config to_config(const Size<axes>& size) {
  return Config::List(size.begin(), size.end());
}

template <std::size_t axes>
void from_config(const Config& config, Size<axes>& size) {
  if (!config.is_list()) {
    size = config.integer();
    return;
  }
  std::vector<int64_t> each;
  xtape::from_config(config, each);
  if (each.size() != axes) {
    throw ValueError("expected " + std::to_string(axes) + (axes == 1 ? " integer" : " integers") + ", given " +
                     config.str());
  }
  std::copy(each.begin(), each.end(), size.begin());
}

template <std::size_t axes>
Config to_config(const std::optional<Size<axes>>& size) {
  return size ? to_config(*size) : Config();
}

template <std::size_t axes>
void from_config(const Config& config, std::optional<Size<axes>>& size) {
  if (config.is_null()) {
    size.reset();
  } else {
    from_config(config, size.emplace(1));
  }
}

#define XTAPE_SIZE(axes)                                       \
  template Config to_config(const Size<axes>&);                \
  template void from_config(const Config&, Size<axes>&);       \
  template Config to_config(const std::optional<Size<axes>>&); \
  template void from_config(const Config&, std::optional<Size<axes>>&);

XTAPE_SIZE(1)
XTAPE_SIZE(2)
XTAPE_SIZE(3)

}  // namespace xtape::layers
