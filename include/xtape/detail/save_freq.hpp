#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>

// For the library's own files.
namespace xtape::detail {

/// Keras's `save_freq` of a callback, which counts batches as Keras does.
class SaveFrequency {
 public:
  /// @throws ValueError, beginning with `owner`, for another text than "epoch", and for numbers below 1.
  SaveFrequency(const char* owner, const std::variant<std::string, int64_t>& save_freq) {
    if (const auto* batches = std::get_if<int64_t>(&save_freq)) {
      check_at_least(1, owner, "save_freq", *batches);
      batches_between_ = *batches;
    } else if (const auto& text = std::get<std::string>(save_freq); text != "epoch") {
      throw ValueError(std::string(owner) + ": save_freq must be \"epoch\" or a number of batches, given \"" + text +
                       '"');
    }
  }

  bool is_by_epochs() const { return batches_between_ == 0; }
  /// Begins to count, before that batch of an epoch.
  void begin(int64_t batch) {
    batches_ = 0;
    last_batch_ = batch > 0 ? batch - 1 : 0;
  }
  /// Whether a file is due behind a batch; of each that ends, but with steps_per_execution some are left out.
  bool is_due(int64_t batch) {
    if (is_by_epochs()) return false;
    // A number that does not grow is that of a new epoch.
    batches_ += batch <= last_batch_ ? batch + 1 : batch - last_batch_;
    last_batch_ = batch;
    if (batches_ < batches_between_) return false;
    batches_ = 0;
    return true;
  }

 private:
  int64_t batches_between_ = 0;  // 0: by epochs
  int64_t batches_ = 0, last_batch_ = 0;
};

}  // namespace xtape::detail
