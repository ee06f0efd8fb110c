#pragma once

#include <vector>
#include <xtape/config.hpp>
#include <xtape/shape.hpp>

// The shapes of what operations with options of their own return, for operands of which some lengths are not known
// (-1).
// @throws ShapeError, IndexError, ValueError for operands and options that do not fit, as the operations do.
namespace xtape::layers::operation_shapes {

using Shapes = std::vector<Shape>;

Shapes argmax(const Shapes& operands, const Config& options);
Shapes argmin(const Shapes& operands, const Config& options);
Shapes einsum(const Shapes& operands, const Config& options);
Shapes flip(const Shapes& operands, const Config& options);
Shapes glu(const Shapes& operands, const Config& options);
Shapes moveaxis(const Shapes& operands, const Config& options);
Shapes one_hot(const Shapes& operands, const Config& options);
Shapes pad(const Shapes& operands, const Config& options);
Shapes ravel(const Shapes& operands, const Config& options);
Shapes repeat(const Shapes& operands, const Config& options);
Shapes split(const Shapes& operands, const Config& options);
Shapes stack(const Shapes& operands, const Config& options);
Shapes swapaxes(const Shapes& operands, const Config& options);
Shapes take(const Shapes& operands, const Config& options);
Shapes take_along_axis(const Shapes& operands, const Config& options);
Shapes tensordot(const Shapes& operands, const Config& options);
Shapes tile(const Shapes& operands, const Config& options);
Shapes transpose(const Shapes& operands, const Config& options);
Shapes unstack(const Shapes& operands, const Config& options);

}  // namespace xtape::layers::operation_shapes
