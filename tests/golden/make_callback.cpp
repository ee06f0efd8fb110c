#include "golden/make_callback.hpp"

#include <algorithm>
#include <xtape/xtape.hpp>

namespace xtape::test {

Callback make_callback(const std::string& class_name, const Config& config) {
  if (class_name == "EarlyStopping") {
    return callbacks::EarlyStopping({.monitor = config.text("monitor", "val_loss"),
                                     .patience = config.integer("patience", 0),
                                     .restore_best_weights = config.flag("restore_best_weights", false)});
  }
  if (class_name == "ReduceLROnPlateau") {
    return callbacks::ReduceLROnPlateau({.monitor = config.text("monitor", "val_loss"),
                                         .factor = config.number("factor", 0.1),
                                         .patience = config.integer("patience", 10),
                                         .min_lr = config.number("min_lr", 0)});
  }
  if (class_name == "LearningRateScheduler") {
    const Config schedule = config.object("schedule");
    if (schedule.contains("values")) {
      // The rate of each epoch; the last one repeats.
      return callbacks::LearningRateScheduler([values = schedule.numbers("values")](int64_t epoch, double) {
        return values[std::min(static_cast<std::size_t>(epoch), values.size() - 1)];
      });
    }
    return callbacks::LearningRateScheduler(
        [factor = schedule.number("multiply", 1), from = schedule.integer("from_epoch", 0)](
            int64_t epoch, double rate) { return epoch < from ? rate : rate * factor; });
  }
  throw ValueError("no callback " + class_name);
}

}  // namespace xtape::test
