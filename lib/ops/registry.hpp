#pragma once

#include <vector>

#include "autograd/registry.hpp"

// The files of operations, by folder. Each ends with a function describe_<file> that says what it holds.
#define XTAPE_OPERATIONS(DO) \
  DO(attention, attention) \
  DO(convolution, adaptive_pool) DO(convolution, convolution) DO(convolution, conv_bias_activation) \
  DO(convolution, conv_transpose) DO(convolution, conv2d_max_pool2d) DO(convolution, pool2d) \
  DO(creation, copy) DO(creation, creation) \
  DO(elementwise, activations) DO(elementwise, arithmetic) DO(elementwise, arithmetic_pair) \
  DO(elementwise, comparison) DO(elementwise, elementwise) DO(elementwise, elementwise_function) \
  DO(elementwise, in_place) \
  DO(elementwise, scalar_arithmetic) DO(elementwise, scaled) DO(elementwise, sum_of_products) DO(elementwise, where) \
  DO(image, resample) \
  DO(indexing, one_hot) DO(indexing, positions) DO(indexing, take) DO(indexing, whole_numbers) \
  DO(linalg, bias_activation) DO(linalg, dense) DO(linalg, matmul) \
  DO(normalization, batch_norm) DO(normalization, layer_norm) DO(normalization, scaled_to_norm) \
  DO(optimizers, elementwise_updates) DO(optimizers, layerwise_updates) \
  DO(random, dropout) DO(random, random) \
  DO(recurrent, gru) DO(recurrent, lstm) DO(recurrent, simple_rnn) \
  DO(reduction, extremum) DO(reduction, sum) \
  DO(sequence, ctc) \
  DO(shape, broadcast_to) DO(shape, concatenate) DO(shape, pad) DO(shape, permute) DO(shape, reshape) \
  DO(shape, slice) DO(shape, split) \
  DO(softmax, cross_entropy) DO(softmax, softmax) DO(softmax, sparsemax)

namespace xtape::ops {

#define XTAPE_DESCRIBE(family, file) void describe_##file(autograd::Registry& to);
XTAPE_OPERATIONS(XTAPE_DESCRIBE)
#undef XTAPE_DESCRIBE

// All operations.
std::vector<autograd::OpEntry> registry();

}  // namespace xtape::ops
