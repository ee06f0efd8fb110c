#include <xtape/fields.hpp>
#include <xtape/layers/lengths.hpp>

namespace xtape::layers {

Config to_config(const Lengths& lengths) { return lengths.empty() ? Config() : xtape::to_config(lengths.shape()); }

void from_config(const Config& config, Lengths& lengths) {
  if (config.is_null()) {
    lengths = Lengths();
  } else if (config.is_list()) {
    Shape shape;
    xtape::from_config(config, shape);
    lengths = shape;
  } else {
    lengths = config.integer();
  }
}

}  // namespace xtape::layers
