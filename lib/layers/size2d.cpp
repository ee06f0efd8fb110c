#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/size2d.hpp>

namespace xtape::layers {

Config to_config(const Size2d& size) { return Config::List{size[0], size[1]}; }

void from_config(const Config& config, Size2d& size) {
  if (!config.is_list()) {
    size = config.integer();
    return;
  }
  std::vector<int64_t> both;
  xtape::from_config(config, both);
  if (both.size() != 2) throw ValueError("expected 2 integers, given " + config.str());
  size = Size2d(both[0], both[1]);
}

Config to_config(const std::optional<Size2d>& size) { return size ? to_config(*size) : Config(); }

void from_config(const Config& config, std::optional<Size2d>& size) {
  if (config.is_null()) {
    size.reset();
  } else {
    from_config(config, size.emplace(1));
  }
}

}  // namespace xtape::layers
