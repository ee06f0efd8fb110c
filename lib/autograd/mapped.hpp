#pragma once

#include <cstdint>
#include <xtape/tensor.hpp>
#include <xtape/vmap.hpp>

namespace xtape::autograd {

// The examples that a batch level (batch_level.hpp) maps over: one at least.
struct Examples {
  int64_t count;
  Randomness randomness;
};

// An input of an operation as batch rules see it: below the level. It may be undefined.
struct Mapped {
  Tensor value;
  // Whether `value` has the mapped axis, which then is its first one. If not, it is the same for every example.
  bool mapped = false;

  // That of one example.
  int rank() const { return value.rank() - mapped; }
  Shape shape() const { return Shape(value.shape().begin() + mapped, value.shape().end()); }
};

// The shape of so many examples.
Shape with_axis(int64_t count, const Shape& example);

// x with the mapped axis: repeated along it, without a copy, where it has none. Undefined where x is.
Tensor stacked(const Mapped& x, const Examples& examples);

// x such that examples of it and of others of that rank broadcast as they do alone: a mapped one has axes of length 1
// put in behind the mapped one.
Tensor aligned(const Mapped& x, int rank);

// `count` axes from `from` on become those from `to` on; one, as numpy.moveaxis. Undefined where x is.
Tensor moved(const Tensor& x, int from, int to, int count = 1);

}  // namespace xtape::autograd
