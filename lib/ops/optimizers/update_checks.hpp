#pragma once

#include <cstdint>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/tensor.hpp>

// What steps of optimizers ask of the lists and numbers that they are given.
namespace xtape::ops {

using Tensors = std::vector<Tensor>;

// @throws unless the list has a tensor for each variable, of its shape and floating type, contiguous.
void check_list(const char* op, const Tensors& variables, const Tensors& list);
// Means of variables over one of the last two axes, which stands that far from the end; of fewer axes than two
// anything.
void check_means(const char* op, const char* slot, const Tensors& variables, const Tensors& list, int from_end);
// A slot that the settings call for must be given.
void require(const char* op, bool needed, const char* slot, const Tensors& list);
// `rates` stands for that many numbers, and one more may follow.
void check_rates(const char* op, const Tensor& rates, int64_t numbers);
// The same elements, off the tape.
Tensors contiguous_list(const char* op, Tensors list);

template <class Step>
void check_betas(const char* op, const Step& step) {
  detail::check_number(op, "beta_1", step.beta_1, detail::Range::from_0_to_1);
  detail::check_number(op, "beta_2", step.beta_2, detail::Range::from_0_to_1);
}

}  // namespace xtape::ops
