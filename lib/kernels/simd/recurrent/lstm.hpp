#pragma once

#include "kernels/isa.hpp"
#include "kernels/recurrent/lstm.hpp"

// The kernels of kernels/recurrent/lstm.hpp on one thread.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void lstm_gates(const LstmGates<T>& step))
XTAPE_DECLARE_KERNEL(template <class T> void lstm_gates_vjp(const LstmGatesVjp<T>& step))
XTAPE_DECLARE_KERNEL(template <class T> void lstm_gates_jvp(const LstmGatesJvp<T>& step))

}  // namespace xtape::kernels
