#pragma once

#include <string_view>
#include <unordered_map>

#include "io/array_group.hpp"

namespace xtape::saving {

// What TensorFlow 2.13 calls the list of layers.
constexpr std::string_view old_list_of_layers = "_layer_checkpoint_dependencies";

// Finds groups of a file by their paths; files may have very many layers.
class StoredPlaces {
 public:
  explicit StoredPlaces(const io::ArrayGroup& file) : file_(file) {}

  // Null if there is none.
  const io::ArrayGroup* find(std::string_view path);

 private:
  const io::ArrayGroup* find_child(const io::ArrayGroup& group, std::string_view name);
  const io::ArrayGroup* find_named(const io::ArrayGroup& group, std::string_view name);

  const io::ArrayGroup& file_;
  std::unordered_map<const io::ArrayGroup*, std::unordered_map<std::string_view, const io::ArrayGroup*>> children_;
};

}  // namespace xtape::saving
