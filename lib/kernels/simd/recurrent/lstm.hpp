#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// The kernels of kernels/recurrent/lstm.hpp on one thread.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void lstm_gates(int64_t rows, int64_t units, T* gates, int64_t gates_step,
                                                        const T* previous_cell, T* cell, T* hidden,
                                                        int64_t hidden_step))
XTAPE_DECLARE_KERNEL(template <class T> void lstm_gates_vjp(int64_t rows, int64_t units, const T* gates,
                                                            int64_t gates_step, const T* previous_cell, const T* cell,
                                                            const T* output_gradient, int64_t output_step,
                                                            const T* hidden_gradient, T* cell_gradient,
                                                            T* gates_gradient, int64_t gradient_step))

}  // namespace xtape::kernels
