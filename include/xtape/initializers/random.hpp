#pragma once

#include <xtape/initializers/initializer.hpp>

namespace xtape::initializers {

struct RandomNormalOptions {
  double mean = 0;
  double stddev = 0.05;
  Seed seed = std::nullopt;

  void fields(Fields& f) { f("mean", mean)("stddev", stddev)("seed", seed); }
};

/// Values of a normal distribution.
class XTAPE_API RandomNormal : public Initializer {
 public:
  /// @throws ValueError if mean or stddev is not finite, or stddev negative.
  explicit RandomNormal(RandomNormalOptions options = {});
};

/// Values of a normal distribution, drawn again where they lie more than two `stddev` from `mean`.
class XTAPE_API TruncatedNormal : public Initializer {
 public:
  /// @throws ValueError as RandomNormal.
  explicit TruncatedNormal(RandomNormalOptions options = {});
};

struct RandomUniformOptions {
  double minval = -0.05;
  double maxval = 0.05;
  Seed seed = std::nullopt;

  void fields(Fields& f) { f("minval", minval)("maxval", maxval)("seed", seed); }
};

/// Values of a uniform distribution on [minval, maxval).
class XTAPE_API RandomUniform : public Initializer {
 public:
  /// @throws ValueError unless minval <= maxval, both finite.
  explicit RandomUniform(RandomUniformOptions options = {});
};

}  // namespace xtape::initializers
