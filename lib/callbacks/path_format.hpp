#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/callbacks/logs.hpp>

namespace xtape::callbacks {

// A path in which `{epoch:02d}`, `{batch}` and `{val_loss:.2f}` stand for numbers, as Python's str.format takes them:
// sign, 0, width, precision and one of d, e, f, g, E, F, G or %. `{{` and `}}` are braces. @throws ValueError, naming
// the path, for a name that is not in the logs and what Python does not take.
std::string formatted_path(const std::string& path, int64_t epoch, std::optional<int64_t> batch, const Logs& logs);

}  // namespace xtape::callbacks
