#pragma once

#include <string>
#include <xtape/callbacks/callback.hpp>

#include "config.hpp"

namespace xtape::test {

/// The callback of that class.
Callback make_callback(const std::string& class_name, const Config& config);

}  // namespace xtape::test
