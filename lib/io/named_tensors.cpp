#include <algorithm>
#include <xtape/error.hpp>
#include <xtape/io/named_tensors.hpp>

namespace xtape::io {

const Tensor* NamedTensors::find(std::string_view name) const {
  const auto place = std::find_if(begin(), end(), [&](const value_type& entry) { return entry.first == name; });
  return place == end() ? nullptr : &place->second;
}

const Tensor& NamedTensors::at(std::string_view name) const {
  const Tensor* const found = find(name);
  if (found != nullptr) return *found;
  std::string known;
  for (const auto& [other, tensor] : *this) known += (known.empty() ? "" : ", ") + other;
  throw ValueError("there is no tensor " + std::string(name) + ", but " + (known.empty() ? "none" : known));
}

}  // namespace xtape::io
