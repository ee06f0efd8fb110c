#pragma once

#include <xtape/callbacks/callback.hpp>
#include <xtape/fields.hpp>

namespace xtape::callbacks {

struct SwapEMAWeightsOptions {
  /// Whether weights are swapped at the end of each epoch too, so that callbacks behind this one see the averages; the
  /// next epoch begins with the weights themselves.
  bool swap_on_epoch = false;
  void fields(Fields& f) { f("swap_on_epoch", swap_on_epoch); }
};

/// Evaluates and predicts with the moving averages of the weights, of an optimizer with `use_ema`: swaps them with the
/// weights before, and back behind. Neither may be changed by others in between.
class XTAPE_API SwapEMAWeights : public Callback {
 public:
  /// @throws ValueError, in what calls it, for an optimizer without use_ema, or before its first step.
  explicit SwapEMAWeights(SwapEMAWeightsOptions options = {});
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::SwapEMAWeights;
}
