#pragma once

#include <cstdint>
#include <vector>

#include "kernels/convolution/conv2d.hpp"

namespace xtape::kernels {

// A convolution of its own within a larger one: some of the images, or some rows of one image.
struct Conv2dPiece {
  Conv2dGeometry geometry;
  int64_t x, out;  // where its elements begin
};

// The piece of the images [begin, end).
Conv2dPiece images_of(const Conv2dGeometry& geometry, int64_t begin, int64_t end);

// The piece that computes the rows [begin, end) of image `image`'s output from the rows of x that they see. Padding
// must be smaller than the window (padding_is_inner).
Conv2dPiece output_rows_of(const Conv2dGeometry& geometry, int64_t image, int64_t begin, int64_t end);

// The piece whose data gradient is the rows [begin, end) of image `image`'s x, from the rows of the output that saw
// them. Vertical steps of 1 alone.
Conv2dPiece input_rows_of(const Conv2dGeometry& geometry, int64_t image, int64_t begin, int64_t end);

// Whether every row of the output sees one of x.
bool padding_is_inner(const Conv2dGeometry& geometry);

// What the pieces are cut along.
enum class Cut { output_rows, input_rows };

// Pieces for the threads of the setting: up to `per_thread` for each, images where there are enough, else rows, or
// columns of images of one row; one where more would not pay, and inside a part of somebody's region. They depend on
// the geometry and the setting alone.
std::vector<Conv2dPiece> conv2d_pieces(const Conv2dGeometry& geometry, Cut cut, int64_t per_thread);

}  // namespace xtape::kernels
