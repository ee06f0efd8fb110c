#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <xtape/callbacks/callback.hpp>

namespace xtape::callbacks {

struct BackupAndRestoreOptions {
  /// "epoch", or the number of batches from one to the next.
  std::variant<std::string, int64_t> save_freq = "epoch";
  /// Whether the backup goes when `fit` has ended.
  bool delete_checkpoint = true;
};

/// Lets a training that was killed go on where it was: `fit`, called again with the same data and options, begins with
/// the last backup, and gives what it had given without the interruption, bit for bit: weights, optimizer, random
/// numbers, the order of the samples, loss and metrics of the epoch so far.
/// ```
/// model.fit(x, y, {.epochs = 100, .callbacks = {callbacks::BackupAndRestore("backup", {.save_freq = 50})}});
/// ```
/// A backup is one file in the folder, `latest.weights.h5`, replaced when the new one is whole. Of a range, and of a
/// function that returns one, the batches of the pass that goes on are passed over; they may be in an order that is
/// drawn from the global random stream where the pass begins. A function that returns batches cannot be set back: it is
/// called as often as it was since the training began, so that it has to begin anew with the program, and to draw from
/// the global stream at most where its pass begins. The History is that of the epochs since.
///
/// Wherever it stands in the list, what other callbacks set, such as a learning rate, is in the backup, and those that
/// go by the rate of the epoch before find it. What they know themselves, as EarlyStopping does, is not kept.
class XTAPE_API BackupAndRestore : public Callback {
 public:
  /// @throws ValueError for an empty folder, one with a zero byte, and another save_freq; in fit as load_weights, and
  /// within a pass for another number of samples or batch_size, or fewer batches than were taken; IOError if the file
  /// cannot be written.
  explicit BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options = {});
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::BackupAndRestore;
}
