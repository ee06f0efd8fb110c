#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <xtape/callbacks/callback.hpp>

namespace xtape::callbacks {

struct TensorBoardOptions {
  /// Folder of the files, which holds `train` and `validation`; `tensorboard --logdir` takes it.
  std::string log_dir = "logs";
  /// How many epochs lie between two histograms of the weights; 0 for none.
  int64_t histogram_freq = 0;
  /// Whether the layers and their connections are written.
  bool write_graph = true;
  /// Whether weights are written as images too, with the histograms: those of two axes, and of three with the last one
  /// as several, of which three are shown; from their least to their largest value.
  bool write_images = false;
  /// Whether steps per second are written.
  bool write_steps_per_second = false;
  /// "epoch", "batch", or a number of batches: when losses and metrics are written beside the end of an epoch.
  std::variant<int64_t, std::string> update_freq = "epoch";
  /// Profiles and embeddings are not written: 0.
  int64_t profile_batch = 0;
  int64_t embeddings_freq = 0;
};

/// Writes event files that TensorBoard shows: losses and metrics of epochs (`epoch_loss`, of training and validation),
/// of batches (`batch_loss`) and of evaluations (`evaluation_loss_vs_iterations`), the learning rate, the graph, and
/// histograms of the weights. The tags are Keras's, but that weights are called by their paths.
/// ```
/// model.fit(x, y, {.epochs = 10, .callbacks = {callbacks::TensorBoard({.log_dir = "logs/first"})}});
/// ```
/// The library has it if it was built with Protocol Buffers.
class XTAPE_API TensorBoard : public Callback {
 public:
  /// @throws ValueError for a negative histogram_freq, another update_freq, a profile_batch or embeddings_freq other
  /// than 0, and in a build without Protocol Buffers; IOError, in fit, if the files cannot be written.
  explicit TensorBoard(TensorBoardOptions options = {});
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::TensorBoard;
}
