#pragma once

#include "formulas/activations.hpp"
#include "formulas/arithmetic.hpp"
#include "formulas/binary.hpp"
#include "formulas/exponential.hpp"
#include "formulas/rounding.hpp"
#include "formulas/trigonometric.hpp"

// The formulas that kernels are instantiated for, by header.
#define XTAPE_ARITHMETIC_FORMULAS(DO) \
  DO(Neg) DO(Sign) DO(Abs) DO(Square) DO(Reciprocal) DO(Sqrt) DO(Rsqrt) DO(PowScalar) DO(Clip)
#define XTAPE_ROUNDING_FORMULAS(DO) DO(Floor) DO(Ceil) DO(Round)
#define XTAPE_EXPONENTIAL_FORMULAS(DO) DO(Exp) DO(Expm1) DO(Log) DO(Log1p) DO(Erf)
#define XTAPE_TRIGONOMETRIC_FORMULAS(DO) DO(Sin) DO(Cos)
#define XTAPE_ACTIVATION_FORMULAS(DO) \
  DO(Identity) DO(Tanh) DO(TanhShrink) DO(HardTanh) DO(Sigmoid) DO(LogSigmoid) DO(HardSigmoid) DO(SparseSigmoid) \
  DO(Relu) DO(Relu6) DO(LeakyRelu) DO(Threshold) DO(HardShrink) DO(SoftShrink) DO(Elu) DO(Selu) DO(Celu)         \
  DO(Softplus) DO(SparsePlus) DO(Squareplus) DO(Softsign) DO(Silu) DO(HardSilu) DO(Mish) DO(Gelu) DO(GeluTanh)
// Whose value and derivative, where both are wanted, are worked out side by side: they have their costly part in common,
// a function of the same argument, which the compiler finds once, or are so cheap that a second look at memory is felt.
#define XTAPE_ONE_PASS_EXPONENTIAL_FORMULAS(DO) DO(Exp)
#define XTAPE_ONE_PASS_ACTIVATION_FORMULAS(DO) DO(Tanh) DO(Sigmoid) DO(Relu) DO(Gelu)
// Activations that are fused with what computes their argument: their derivatives need no more than the output.
// Each with the name that kernels::Activation and users give it.
#define XTAPE_FUSED_ACTIVATIONS(DO) DO(linear, Identity) DO(relu, Relu) DO(sigmoid, Sigmoid) DO(tanh, Tanh)
#define XTAPE_UNARY_FORMULAS(DO) \
  XTAPE_ARITHMETIC_FORMULAS(DO)  \
  XTAPE_ROUNDING_FORMULAS(DO)    \
  XTAPE_EXPONENTIAL_FORMULAS(DO) XTAPE_TRIGONOMETRIC_FORMULAS(DO) XTAPE_ACTIVATION_FORMULAS(DO)

#define XTAPE_INTEGER_BINARY_FORMULAS(DO) DO(Add) DO(Sub) DO(Mul) DO(Pow) DO(Minimum) DO(Maximum)
#define XTAPE_BINARY_FORMULAS(DO) XTAPE_INTEGER_BINARY_FORMULAS(DO) DO(Div)
#define XTAPE_COMPARISONS(DO) DO(Less) DO(LessEqual) DO(Greater) DO(GreaterEqual) DO(Equal) DO(NotEqual)
