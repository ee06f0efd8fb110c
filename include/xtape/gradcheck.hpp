#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

struct GradcheckOptions {
  /// Step of the central difference.
  double eps = 1e-6;
  /// Both derivatives agree where |analytic - numeric| <= atol + rtol * |numeric|.
  double atol = 1e-5;
  double rtol = 1e-3;
  /// Check forward mode too.
  bool forward = true;
  /// Check the derivative of the derivative too: by reverse mode and, with `forward`, forward mode of the gradient.
  bool second_order = true;
  /// Seed of the random upstream gradients.
  uint64_t seed = 0;
  /// Accept gradients that are zero everywhere (they usually show a mistake in the test).
  bool allow_zero = false;
};

/// A tensor that a function reads without being given it.
struct GradcheckParameter {
  /// How reports name it.
  std::string name;
  Tensor value;
};

/// What gradcheck found; true in a condition if all is well.
struct XTAPE_API GradcheckReport {
  bool passed = false;
  /// The worst element of the first check that failed, or of the first check, in words: what was checked, the tensor, both
  /// values, the seed; and where a kink is likely, because differences to both sides disagree, both of them.
  std::string message;
  /// Its place among the inputs or parameters; beyond them, in a check of second order, that of an upstream gradient.
  int64_t input = -1;
  Shape position;
  double analytic = 0;
  double numeric = 0;
  explicit operator bool() const { return passed; }
};

/// Compares the derivatives of `function` at `inputs` with central differences, under random upstream gradients: those of
/// the tape, of forward mode, and of second order, in that order; the first that fails ends it. Inputs that require a
/// gradient are checked, each element of them. Inputs stay as they are; random numbers (dropout) are the same in all
/// evaluations.
/// @throws DTypeError if a checked input is not float64; ValueError if none requires a gradient, for a function that is
/// empty or returns nothing, an eps that is not positive and finite, or a tolerance that is negative or not finite;
/// AutogradError for a derivative of another shape, or that there is none: of an operation without forward mode, where
/// `forward` is not turned off.
XTAPE_API GradcheckReport gradcheck(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                    const std::vector<Tensor>& inputs, const GradcheckOptions& options = {});
/// The same for a function that reads tensors by itself: a loss and the weights of a model. They are changed in place and
/// have their old elements afterwards. @throws as above; ValueError for one that does not require a gradient.
XTAPE_API GradcheckReport gradcheck(const std::function<std::vector<Tensor>()>& function,
                                    const std::vector<GradcheckParameter>& parameters,
                                    const GradcheckOptions& options = {});

/// The check of second order alone.
XTAPE_API GradcheckReport gradgradcheck(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                        const std::vector<Tensor>& inputs, const GradcheckOptions& options = {});
XTAPE_API GradcheckReport gradgradcheck(const std::function<std::vector<Tensor>()>& function,
                                        const std::vector<GradcheckParameter>& parameters,
                                        const GradcheckOptions& options = {});

}  // namespace xtape
