#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/tensor.hpp>

#include "plots/raster.hpp"

namespace xtape::plots {

/// The images of a tensor, by the rules of plots::images. @throws ShapeError and ValueError as it says.
std::vector<Raster> rasters_of(const std::string& function, const Tensor& images,
                               const std::optional<std::pair<double, double>>& value_range);

}  // namespace xtape::plots
