#pragma once

#include "formulas/list.hpp"

// The activations that kernels apply to what they have just computed.
namespace xtape::kernels {

enum class Activation { linear, relu, sigmoid, tanh };

// Calls run(formula) with the formula of an activation, one of XTAPE_FUSED_FORMULAS.
template <class Run>
void with_formula(Activation activation, const Run& run) {
  switch (activation) {
    case Activation::linear:
      return run(formulas::Identity{});
    case Activation::relu:
      return run(formulas::Relu{});
    case Activation::sigmoid:
      return run(formulas::Sigmoid{});
    case Activation::tanh:
      return run(formulas::Tanh{});
  }
}

}  // namespace xtape::kernels
