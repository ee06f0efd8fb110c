#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
#include <xtape/tensor.hpp>

namespace xtape::io {

using Attribute = std::variant<std::string, std::vector<std::string>, int64_t, double>;

// What a file of named arrays holds, whatever its format: arrays and groups of them, in the order of the file, and
// attributes. Names have no '/', which is what paths are made with: "layers/dense/vars/0".
struct NamedGroup;
struct ArrayGroup {
  std::vector<std::pair<std::string, Tensor>> arrays;
  std::vector<NamedGroup> groups;
  std::vector<std::pair<std::string, Attribute>> attributes;

  // What stands at a path below this group, of which the empty one leads here; null if there is nothing.
  const ArrayGroup* find_group(std::string_view path) const;
  const Tensor* find_array(std::string_view path) const;
  const Attribute* find_attribute(std::string_view name) const;
  // The attribute's value, or null if there is none of this name or it is of another type.
  template <class T>
  const T* find_attribute_of(std::string_view name) const {
    const Attribute* const attribute = find_attribute(name);
    return attribute == nullptr ? nullptr : std::get_if<T>(attribute);
  }

  // The group at a path, made with all on the way to it where it is missing.
  ArrayGroup& group_at(std::string_view path);
  // Adds an array, with the groups on the way to it.
  void add_array(std::string_view path, const Tensor& array);
};

// No std::pair, which must not be named of a type that is not whole yet.
struct NamedGroup {
  std::string first;
  ArrayGroup second;
};

// Makes groups of which there may be very many: finds them by their paths, and does not look through all beside them.
class GroupTree {
 public:
  // The group at a path, made with all on the way to it where it is missing. It stays there until the next is made.
  ArrayGroup& at(const std::string& path);
  ArrayGroup take() { return std::move(root_); }

 private:
  ArrayGroup root_;
  std::unordered_map<std::string, std::size_t> places_;  // among the groups beside it
};

}  // namespace xtape::io
