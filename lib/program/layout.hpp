#pragma once

#include <xtape/tensor.hpp>

// How inputs lie in memory: operations may round otherwise where elements lie otherwise, so that a program runs on what
// lies as it did at capture.
namespace xtape::program {

// A new tensor of the shape, type and layout of x; contiguous if x repeats elements, or has them between one another.
Tensor make_laid_out_as(const Tensor& x);

// Whether x, of the same shape, lies as the stand-in does.
bool lies_as(const Tensor& x, const Tensor& stand_in);

// Whether a stand-in for x, of the same shape, would lie as this one.
bool would_lie_as(const Tensor& x, const Tensor& stand_in);

}  // namespace xtape::program
