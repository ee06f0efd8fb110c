#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <xtape/callbacks/logs.hpp>

namespace xtape::utils {

struct ProgbarOptions {
  /// Length of the bar, in characters.
  int width = 20;
  /// 0: silent, 1: a bar that moves on a terminal, 2: one line at the end.
  int verbose = 1;
  /// Least time between two updates of the bar, in seconds.
  double interval = 0.05;
  std::string unit_name = "step";
  /// Where to write; std::cout by default.
  std::ostream* stream = nullptr;
  /// Whether to redraw the bar with control characters. Default: if std::cout is written to and is a terminal.
  /// Otherwise the finished bar alone is written, in plain text.
  std::optional<bool> dynamic_display = std::nullopt;
};

/// Keras's progress bar:
/// `469/469 ━━━━━━━━━━━━━━━━━━━━ 3s 7ms/step - accuracy: 0.9021 - loss: 0.3312`.
/// Where the number of steps is not known `     12/Unknown` stands in place of the bar. Numbers are written with four
/// decimals, as powers of ten up to 1e-3, in the order in which their names came. The one line of `verbose = 2` has
/// those below 0 as powers of ten too, as in Keras.
class XTAPE_API Progbar {
 public:
  /// @throws ValueError if target < 1, verbose is not 0, 1 or 2, or the interval is negative.
  explicit Progbar(std::optional<int64_t> target, ProgbarOptions options = {});
  /// Says how many steps there are, once that is known. @throws ValueError if target < 1.
  void set_target(int64_t target);
  /// Shows that `current` of the steps are done. The last call of a bar passes `finalize`.
  void update(int64_t current, const callbacks::Logs& logs, bool finalize = false);

 private:
  std::string bar_text(int64_t current, int& width) const;
  double seconds_per_step(int64_t current, double now);

  std::optional<int64_t> target_;
  ProgbarOptions options_;
  bool dynamic_display_;
  // Times in seconds, by the steady clock.
  double start_;
  double last_update_ = 0;
  std::optional<double> after_first_step_;
  // In the order in which names came.
  callbacks::Logs shown_;
  int previous_width_ = 0;
};

}  // namespace xtape::utils
