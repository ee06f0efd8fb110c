#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

// The first part of each name in a layer of very many, each of which is added by comparing its name with all others.
struct LayerImpl::PartNames {
  std::unordered_map<std::string, const LayerImpl*> parts;
  // How many of the parts are among them, and how often parts were renamed or removed by then.
  std::size_t count = 0;
  uint64_t changes = 0;
};

}  // namespace xtape::layers
