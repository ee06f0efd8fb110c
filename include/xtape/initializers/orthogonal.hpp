#pragma once

#include <xtape/initializers/initializer.hpp>

namespace xtape::initializers {

struct OrthogonalOptions {
  double gain = 1;
  Seed seed = std::nullopt;

  void fields(Fields& f) { f("gain", gain)("seed", seed); }
};

/// A random matrix with orthonormal rows or columns (whichever are fewer), times `gain`; leading axes count
/// as rows (Saxe et al., 2014).
class XTAPE_API Orthogonal : public Initializer {
 public:
  /// @throws ValueError unless the gain is finite.
  explicit Orthogonal(OrthogonalOptions options = {});
  /// @throws ShapeError for fewer than two dimensions.
};

}  // namespace xtape::initializers
