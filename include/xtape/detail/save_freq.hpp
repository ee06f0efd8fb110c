#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>

// For the library's own files.
namespace xtape::detail {

/// Keras's `save_freq` of the callback `owner`: batches from one file to the next; nothing for each epoch.
/// @throws ValueError for another text than "epoch", and for numbers below 1.
inline std::optional<int64_t> batches_between(const char* owner, const std::variant<std::string, int64_t>& save_freq) {
  if (const auto* batches = std::get_if<int64_t>(&save_freq)) {
    check_at_least(1, owner, "save_freq", *batches);
    return *batches;
  }
  const auto& text = std::get<std::string>(save_freq);
  if (text == "epoch") return std::nullopt;
  throw ValueError(std::string(owner) + ": save_freq must be \"epoch\" or a number of batches, given \"" + text + '"');
}

}  // namespace xtape::detail
