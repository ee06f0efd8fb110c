#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <xtape/callbacks/callback.hpp>

namespace xtape::callbacks {

struct ModelCheckpointOptions {
  /// The name in the logs by which save_best_only decides.
  std::string monitor = "val_loss";
  /// 1: says what is saved.
  int verbose = 0;
  /// Saves only what is better than all before.
  bool save_best_only = false;
  /// Writes weights and optimizer state, not the whole model.
  bool save_weights_only = false;
  /// "min", "max", or "auto": by the name.
  std::string mode = "auto";
  /// "epoch", or the number of batches from one to the next.
  std::variant<std::string, int64_t> save_freq = "epoch";
  /// With save_best_only: what the first saved one has to be better than.
  std::optional<double> initial_value_threshold = std::nullopt;
};

/// Writes the model to a file while `fit` runs, at the end of each epoch or each few batches.
/// ```
/// const callbacks::ModelCheckpoint best("best.keras", {.monitor = "val_accuracy", .save_best_only = true});
/// model.fit(x, y, {.epochs = 20, .validation_split = 0.1, .callbacks = {best}});
/// const Model again = load_model("best.keras");
/// ```
/// Without save_weights_only a path that ends with ".weights.h5" gets a whole model in the older format, as in Keras.
/// The path may have what Python's format takes: `{epoch:02d}` (from 1), `{batch:05d}`, and each name in the logs,
/// `{val_loss:.2f}`; its folder is made where it is missing. A file that is there is replaced when the new one is
/// whole.
class XTAPE_API ModelCheckpoint : public Callback {
 public:
  /// @throws ValueError for an unknown mode, a path with a zero byte, one that ends neither in ".keras" nor in ".h5"
  /// (".weights.h5" with save_weights_only), and another save_freq; in fit, for a place in the path that the logs do
  /// not have, and mode "auto" with a name that does not say whether it is best when high or low; IOError if the file
  /// cannot be written.
  explicit ModelCheckpoint(std::string filepath, ModelCheckpointOptions options = {});

  /// The best value so far, or nothing. The next fit goes on with it.
  std::optional<double> best() const;
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::ModelCheckpoint;
}
