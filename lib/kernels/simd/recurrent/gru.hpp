#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// The kernels of kernels/recurrent/gru.hpp on one thread.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void gru_gates(int64_t rows, int64_t units, T* gates, int64_t gates_step,
                                                       const T* recurrent, const T* recurrent_bias, T* candidate,
                                                       const T* previous, int64_t previous_step, T* hidden,
                                                       int64_t hidden_step))
XTAPE_DECLARE_KERNEL(template <class T> void gru_gates_vjp(int64_t rows, int64_t units, const T* gates,
                                                           int64_t gates_step, const T* candidate, const T* previous,
                                                           int64_t previous_step, const T* output_gradient,
                                                           int64_t output_step, T* hidden_gradient, T* gates_gradient,
                                                           int64_t gradient_step))

}  // namespace xtape::kernels
