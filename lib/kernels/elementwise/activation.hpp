#pragma once

#include "formulas/list.hpp"

// The activations that kernels apply to what they have just computed.
namespace xtape::kernels {

#define XTAPE_ENUMERATOR(activation, Formula) activation,
enum class Activation { XTAPE_FUSED_ACTIVATIONS(XTAPE_ENUMERATOR) };
#undef XTAPE_ENUMERATOR

#define XTAPE_CASE(activation, Formula) \
  case Activation::activation:          \
    return #activation;
constexpr const char* name_of(Activation activation) {
  switch (activation) { XTAPE_FUSED_ACTIVATIONS(XTAPE_CASE) }
  return "";
}
#undef XTAPE_CASE

// Calls run(formula) with the formula of an activation.
template <class Run>
void with_formula(Activation activation, const Run& run) {
  switch (activation) {
#define XTAPE_CASE(activation, Formula) \
  case Activation::activation:          \
    return run(formulas::Formula{});
    XTAPE_FUSED_ACTIVATIONS(XTAPE_CASE)
#undef XTAPE_CASE
  }
}

}  // namespace xtape::kernels
