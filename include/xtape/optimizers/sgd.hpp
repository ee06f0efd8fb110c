#pragma once

#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct SGDOptions {
  double learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  std::optional<double> weight_decay = std::nullopt;
  /// Bound of the norm of each gradient.
  std::optional<double> clipnorm = std::nullopt;
  /// Bound of each element of the gradients.
  std::optional<double> clipvalue = std::nullopt;
  /// Bound of the norm of all gradients together.
  std::optional<double> global_clipnorm = std::nullopt;
  std::string name = "SGD";

  XTAPE_API void fields(Fields& f);
};

/// Gradient descent: w -= learning_rate * g; with momentum m = momentum * m - learning_rate * g and w += m, or
/// w += momentum * m - learning_rate * g (Nesterov).
class XTAPE_API SGD : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, and for a momentum outside [0, 1].
  explicit SGD(SGDOptions options = {});
};

}  // namespace xtape::optimizers
