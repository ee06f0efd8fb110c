#pragma once

#include <xtape/export.hpp>

namespace xtape::utils {

/// Starts the automatic names of layers and models (dense, dense_1, ...) anew.
XTAPE_API void clear_session();

}  // namespace xtape::utils
