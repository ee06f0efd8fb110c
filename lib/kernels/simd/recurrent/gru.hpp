#pragma once

#include "kernels/isa.hpp"
#include "kernels/recurrent/gru.hpp"

// The kernels of kernels/recurrent/gru.hpp on one thread.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void gru_gates(const GruGates<T>& step))
XTAPE_DECLARE_KERNEL(template <class T> void gru_gates_vjp(const GruGatesVjp<T>& step))
XTAPE_DECLARE_KERNEL(template <class T> void gru_gates_jvp(const GruGatesJvp<T>& step))

}  // namespace xtape::kernels
