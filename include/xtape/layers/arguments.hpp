#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/detail/named.hpp>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::layers {

using detail::Named;

/// All that a call of a layer is given. `T` is Tensor, or Symbol where a functional model keeps it.
template <class T>
struct Arguments {
  /// The tensors that a call lists, `attention(query, value)`.
  std::vector<T> inputs;
  /// Those that it names, Keras's keyword arguments: attention_mask, initial_state, ...
  std::vector<Named<std::vector<T>>> keywords = {};
  /// Named values that are no tensors: use_causal_mask, ...
  std::vector<Named<Config>> settings = {};
  /// Default: that of the call around.
  std::optional<bool> training = std::nullopt;

  /// The tensors of that name; none if they were not given.
  std::vector<T> keyword(std::string_view name) const {
    for (const auto& each : keywords) {
      if (each.name == name) return each.value;
    }
    return {};
  }
  /// The one tensor of that name; undefined if it was not given.
  T keyword_tensor(std::string_view name) const {
    const std::vector<T> given = keyword(name);
    return given.empty() ? T() : given.front();
  }
  /// Whether the value of that name is given, and true.
  bool flag(std::string_view name) const {
    for (const auto& each : settings) {
      if (each.name == name) return each.value.boolean();
    }
    return false;
  }
};

/// What every call of a layer may be told: `layer(x, {.training = true})`.
struct CallOptions {
  /// Whether layers such as Dropout act as in training. Default: as in the call around, a layer's or a model's; outside
  /// of all calls they do not.
  std::optional<bool> training = std::nullopt;
};

}  // namespace xtape::layers
