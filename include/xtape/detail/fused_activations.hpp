#pragma once

#include <string>
#include <xtape/export.hpp>

namespace xtape::detail {

/// Whether dense, conv2d, conv2d_max_pool2d and batch_norm know the activation by this name, and so compute it in their
/// own pass.
XTAPE_API bool is_fused_activation(const std::string& name);

}  // namespace xtape::detail
