#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <xtape/export.hpp>

namespace xtape::detail {

/// `unknown optimizer "adm"; the nearest known names are "adam", "sgd"`: a ValueError with the three known names of the
/// smallest edit distance (case ignored), or with all of them where none is near.
[[noreturn]] XTAPE_API void throw_unknown_name(std::string_view kind, std::string_view given,
                                               std::vector<std::string> known);

/// `BatchNormalization` -> `batch_normalization`, `Conv2D` -> `conv2d` (Keras's `to_snake_case`).
XTAPE_API std::string to_snake_case(std::string_view class_name);

/// The first free name of a kind in this process: `dense`, `dense_1`, `dense_2`, ...
XTAPE_API std::string unique_name(const std::string& prefix);

/// The number at the end of such a name: 12 of `dense_12`, 0 of `dense`, and nothing of what is called otherwise.
XTAPE_API std::optional<uint64_t> number_in_name(std::string_view name, std::string_view kind);

}  // namespace xtape::detail
