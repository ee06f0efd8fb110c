#pragma once

#include <string>
#include <utility>
#include <xtape/tensor.hpp>

namespace examples {

/// Reads numbers separated by commas below a line of headings: all columns but the last as x, the last, of whole
/// numbers, as y.
std::pair<xtape::Tensor, xtape::Tensor> read_table(const std::string& path);

}  // namespace examples
