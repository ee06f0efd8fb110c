#pragma once

#include <xtape/tensor.hpp>

#include <cstddef>
#include <span>

#include "autograd/saved.hpp"

namespace xtape::autograd {

// The inputs and the results of an operation as its derivatives read them. On the tape they are what the operation
// keeps, and the rest is undefined; in forward mode all are at hand. So vjp and jvp read the same things.
class Primals {
 public:
  Primals(std::span<const Saved> kept, std::size_t inputs) : kept_(kept.data()), inputs_(inputs) {}
  Primals(std::span<const Tensor> tensors, std::size_t inputs) : tensors_(tensors.data()), inputs_(inputs) {}

  // @throws AutogradError if the elements have changed since.
  Tensor input(std::size_t index) const { return get(index); }
  Tensor output(std::size_t index = 0) const { return get(inputs_ + index); }

 private:
  Tensor get(std::size_t place) const {
    if (!kept_) return tensors_[place];
    return kept_[place].defined() ? kept_[place].get() : Tensor();
  }

  const Saved* kept_ = nullptr;
  const Tensor* tensors_ = nullptr;
  std::size_t inputs_;
};

}  // namespace xtape::autograd
