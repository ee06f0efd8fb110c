#pragma once

#include <cstdint>
#include <string>
#include <xtape/initializers/initializer.hpp>

namespace xtape::initializers {

struct VarianceScalingOptions {
  double scale = 1;
  /// "fan_in", "fan_out" or "fan_avg".
  std::string mode = "fan_in";
  /// "truncated_normal", "untruncated_normal" or "uniform".
  std::string distribution = "truncated_normal";
  Seed seed = std::nullopt;

  void fields(Fields& f) {
    f("scale", scale)("mode", mode)("distribution", distribution)("seed", seed);
    f.accept("input_axes", {}).accept("output_axes", {});
  }
};

/// Random values of variance `scale / n`, with n the number of inputs, of outputs, or their mean. For a
/// kernel [..., in, out] the inputs are `in` times the product of the leading lengths, the outputs likewise.
class XTAPE_API VarianceScaling : public Initializer {
 public:
  /// @throws ValueError for a scale that is not positive and finite, or an unknown mode or distribution.
  explicit VarianceScaling(VarianceScalingOptions options = {});
};

/// The same for a kernel whose inputs and outputs are not its last two axes: what scales variance does so for these
/// numbers of inputs and outputs, any other initializer is returned as it is.
XTAPE_API Initializer for_fans(const Initializer& initializer, int64_t inputs, int64_t outputs);

struct SeedOptions {
  Seed seed = std::nullopt;

  void fields(Fields& f) { f("seed", seed).accept("input_axes", {}).accept("output_axes", {}); }
};

/// Uniform on [-l, l], l = sqrt(6 / (inputs + outputs)) (Glorot and Bengio, 2010).
class XTAPE_API GlorotUniform : public Initializer {
 public:
  explicit GlorotUniform(SeedOptions options = {});
};

/// Truncated normal, variance 2 / (inputs + outputs) (Glorot and Bengio, 2010).
class XTAPE_API GlorotNormal : public Initializer {
 public:
  explicit GlorotNormal(SeedOptions options = {});
};

/// Uniform on [-l, l], l = sqrt(6 / inputs) (He et al., 2015).
class XTAPE_API HeUniform : public Initializer {
 public:
  explicit HeUniform(SeedOptions options = {});
};

/// Truncated normal, variance 2 / inputs (He et al., 2015).
class XTAPE_API HeNormal : public Initializer {
 public:
  explicit HeNormal(SeedOptions options = {});
};

/// Uniform on [-l, l], l = sqrt(3 / inputs) (LeCun et al., 1998).
class XTAPE_API LecunUniform : public Initializer {
 public:
  explicit LecunUniform(SeedOptions options = {});
};

/// Truncated normal, variance 1 / inputs (LeCun et al., 1998).
class XTAPE_API LecunNormal : public Initializer {
 public:
  explicit LecunNormal(SeedOptions options = {});
};

}  // namespace xtape::initializers
