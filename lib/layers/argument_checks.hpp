#pragma once

#include <string>
#include <xtape/layers/arguments.hpp>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

namespace xtape::layers {

// Whether a shape may be the other one, where -1 in either stands for an unknown length.
bool fits(const Shape& shape, const Shape& expected);

// What a call is given by name, tensor or symbol. @throws ShapeError, "expected value_mask [batch, keys] [2, 3], given
// [2, 4]", unless `shape` fits `expected`, whose axes `axes` names.
void check_argument(const std::string& argument, const char* axes, const Shape& expected, const Shape& shape);

// What may have been forgotten where a layer that takes sequences of so many dimensions is given one less; else
// nothing.
std::string question_of_steps(const Shape& input_shape, int rank_of_sequences);

// The mask that an input [batch, time, ...] came with, as one of its steps: undefined if it has none, or one of whole
// samples, which says nothing about steps. @throws ShapeError for one of more dimensions.
Tensor mask_of_steps(const Tensor& mask, const Shape& input_shape);

}  // namespace xtape::layers
