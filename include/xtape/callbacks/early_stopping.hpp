#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/callbacks/callback.hpp>
#include <xtape/fields.hpp>

namespace xtape::callbacks {

struct EarlyStoppingOptions {
  /// The name in the logs that is watched.
  std::string monitor = "val_loss";
  /// A smaller change is no improvement.
  double min_delta = 0;
  /// How many epochs without an improvement end the training.
  int64_t patience = 0;
  /// 1: says when it stops and what it restores.
  int verbose = 0;
  /// "min", "max", or "auto": by the name.
  std::string mode = "auto";
  /// An improvement that is not better than this does not start the patience anew.
  std::optional<double> baseline = std::nullopt;
  /// Whether the weights of the best epoch are set when the training ends, also where it was not stopped.
  bool restore_best_weights = false;
  /// Epochs before this one, from 0, are not looked at.
  int64_t start_from_epoch = 0;
  void fields(Fields& f) {
    f("monitor", monitor)("min_delta", min_delta)("patience", patience)("verbose", verbose)("mode", mode);
    f("baseline", baseline)("restore_best_weights", restore_best_weights)("start_from_epoch", start_from_epoch);
  }
};

/// Ends `fit` when a figure has stopped improving. Where the logs have no such figure, it says so once on std::cerr. An
/// epoch that Ctrl-C cuts short (`stop_on_interrupt`) has no validation, so that a figure of it is not looked at then;
/// the best weights are restored all the same.
/// ```
/// const callbacks::EarlyStopping stopping({.patience = 3, .restore_best_weights = true});
/// model.fit(x, y, {.epochs = 100, .validation_split = 0.1, .callbacks = {stopping}});
/// stopping.best_epoch();
/// ```
class XTAPE_API EarlyStopping : public Callback {
 public:
  /// @throws ValueError for an unknown mode, a negative patience or start_from_epoch, a min_delta or baseline that is
  /// not finite, and, in fit, for mode "auto" and a name that does not say whether it is best when high or low.
  explicit EarlyStopping(EarlyStoppingOptions options = {});

  /// The epoch, from 0, after which the training was stopped; 0 if it was not.
  int64_t stopped_epoch() const;
  /// The epoch of the best value, from 0, and the value: infinite before the first one. Each fit begins anew.
  int64_t best_epoch() const;
  double best() const;
  /// Epochs since the last improvement.
  int64_t wait() const;
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::EarlyStopping;
}
