#pragma once

#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct ReLUOptions {
  /// Upper limit of the output; none by default.
  std::optional<double> max_value = std::nullopt;
  double negative_slope = 0;
  double threshold = 0;
  Shape input_shape = {};
  std::string name = {};
};

/// x from `threshold` on (at most `max_value`), `negative_slope * (x - threshold)` below it.
class XTAPE_API ReLU : public Layer {
 public:
  /// @throws ValueError for an option that is negative or NaN, or an infinite slope or threshold.
  explicit ReLU(ReLUOptions options = {});
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;
  /// Whether all options are the defaults: max(x, 0).
  bool is_plain() const { return !options_.max_value && options_.negative_slope == 0 && options_.threshold == 0; }

 private:
  ReLUOptions options_;
};

}  // namespace xtape::layers
