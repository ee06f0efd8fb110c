#include <xtape/layers/assets.hpp>

namespace xtape::layers {

KeepsAssets::~KeepsAssets() = default;

}  // namespace xtape::layers
