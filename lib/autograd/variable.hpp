#pragma once

#include <xtape/tensor.hpp>

namespace xtape::autograd {

// The same elements and lifts, cut off from the tape at this height only.
Tensor cut_off(const Tensor& x);

// x for a result of it to keep, without its annotation: a result that is not recorded must not keep the graph of x, nor
// lead derivatives there that a transform takes.
Tensor kept_by_result(const Tensor& x);

// Whether somebody is told of the gradient of x, the result of an operation, or has it kept: then it has to be computed.
bool gradient_is_watched(const Tensor& x);

// `result`, with the mask of x where that has one: for functions that get another handle in place of x.
Tensor masked_as(Tensor result, const Tensor& x);

// x as an argument of a user's function: a handle of its own, so that set_requires_grad() does not reach the caller's;
// x itself where it requires a gradient already.
Tensor own_argument(const Tensor& x);

// x as the start of a graph of its own: a tensor that is given twice has a gradient for each place, and a run that asks
// for its gradient does not look behind it. Where `linked`, derivatives go on through it if x has any.
Tensor variable(const Tensor& x, bool linked);

// Tells that nobody will ask for the gradient of a variable() any more: what leads there only leads nowhere.
void end_variable(const Tensor& variable);

}  // namespace xtape::autograd
