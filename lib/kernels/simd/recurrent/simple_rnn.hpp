#pragma once

#include "kernels/isa.hpp"
#include "kernels/recurrent/simple_rnn.hpp"

// The kernels of kernels/recurrent/simple_rnn.hpp on one thread.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void simple_rnn_step(const Matrix<T>& hidden))
XTAPE_DECLARE_KERNEL(template <class T> void simple_rnn_vjp(const SimpleRnnVjp<T>& step))

}  // namespace xtape::kernels
