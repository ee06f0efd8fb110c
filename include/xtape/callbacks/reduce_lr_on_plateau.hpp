#pragma once

#include <cstdint>
#include <string>
#include <xtape/callbacks/callback.hpp>
#include <xtape/fields.hpp>

namespace xtape::callbacks {

struct ReduceLROnPlateauOptions {
  /// The name in the logs that is watched.
  std::string monitor = "val_loss";
  /// new rate = rate * factor; below 1.
  double factor = 0.1;
  /// How many epochs without an improvement lower the rate.
  int64_t patience = 10;
  /// 1: says when it lowers the rate.
  int verbose = 0;
  /// "min", "max", or "auto": by the name.
  std::string mode = "auto";
  /// A smaller change is no improvement.
  double min_delta = 1e-4;
  /// Epochs after a change that are not counted.
  int64_t cooldown = 0;
  /// The rate does not fall below.
  double min_lr = 0;
  void fields(Fields& f) {
    f("monitor", monitor)("factor", factor)("patience", patience)("verbose", verbose)("mode", mode);
    f("min_delta", min_delta)("cooldown", cooldown)("min_lr", min_lr);
  }
};

/// Lowers the learning rate when a figure has stopped improving; adds `learning_rate` to the logs, the one that the
/// epoch was trained with. Where the logs have no such figure, it says so once on std::cerr.
class XTAPE_API ReduceLROnPlateau : public Callback {
 public:
  /// @throws ValueError for a factor that is not in (0, 1), an unknown mode, a negative patience, cooldown or min_lr, a
  /// min_delta that is not finite, and, in fit, for mode "auto" and a name that does not say whether it is best when
  /// high or low.
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::ReduceLROnPlateau;
}
