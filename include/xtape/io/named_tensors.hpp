#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::io {

/// Tensors with their names, in the order of a file: `for (const auto& [name, tensor] : load_npz("arrays.npz"))`.
class XTAPE_API NamedTensors : public std::vector<std::pair<std::string, Tensor>> {
 public:
  using vector::at;
  using vector::vector;

  /// The tensor of that name, or null.
  const Tensor* find(std::string_view name) const;
  /// @throws ValueError naming those that are there.
  const Tensor& at(std::string_view name) const;
};

}  // namespace xtape::io
