#pragma once

#include <optional>
#include <string>
#include <xtape/export.hpp>

namespace xtape::detail {

/// Whether a metric is best when it is high, by its name in logs: Keras's names, with `val_` or the name of an output
/// in front, or a number behind. Nothing for a name that does not say.
XTAPE_API std::optional<bool> is_best_high(const std::string& name);

}  // namespace xtape::detail
