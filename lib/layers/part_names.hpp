#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

struct LayerImpl::PartNames {
  // Where files keep the parts that were tracked, by their numbers: a layer that is several parts has several places.
  std::unordered_map<uint64_t, std::vector<std::string>> places;
  // Where files that were read keep others.
  std::unordered_map<uint64_t, std::string> kept;
  // Which part was tracked by a name.
  std::unordered_map<std::string, uint64_t> tracked;
  // The first part of each name in a layer of very many, each of which is added by comparing its name with all others.
  std::unordered_map<std::string, const LayerImpl*> parts;
  // How many of the parts are among them, and how often parts were renamed or removed by then.
  std::size_t count = 0;
  uint64_t changes = 0;

  // Of the last of the parts that are that layer.
  void forget_place(uint64_t number) {
    const auto found = places.find(number);
    if (found == places.end()) return;
    tracked.erase(found->second.back());
    found->second.pop_back();
    if (found->second.empty()) places.erase(found);
  }
  void forget() {
    parts.clear();
    count = 0;
  }
};

}  // namespace xtape::layers
