#include "models/options_in_range.hpp"

#include <optional>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>

#include "models/class_weight.hpp"

namespace xtape::models {
namespace {

// Of fit, evaluate or predict.
class Check {
 public:
  Check(const char* method, const std::string& model) : method_(method), model_(model) {}

  void at_least(int64_t least, const char* option, std::optional<int64_t> number) const {
    if (number) detail::check_at_least(least, method_, option, *number, model_);
  }
  void verbose(int verbose) const {
    if (verbose >= 0 && verbose <= 2) return;
    throw ValueError(std::string(method_) + ": verbose must be 0, 1 or 2, given " + std::to_string(verbose), model_);
  }
  void callbacks(const std::vector<callbacks::Callback>& callbacks) const {
    for (const callbacks::Callback& callback : callbacks) {
      if (!callback) throw ValueError(std::string(method_) + ": a callback must not be null", model_);
    }
  }

 private:
  const char* method_;
  const std::string& model_;
};

}  // namespace

void check_in_range(const FitOptions& options, const std::string& model) {
  const Check check("fit", model);
  check.at_least(1, "batch_size", options.batch_size);
  check.at_least(1, "epochs", options.epochs);
  check.verbose(options.verbose);
  check.callbacks(options.callbacks);
  detail::check_number("fit", "validation_split", options.validation_split, detail::Range::from_0_below_1, model);
  try {
    check_class_weight(options.class_weight);
  } catch (Error& error) {
    error.set_message("fit: " + error.message());
    error.prepend_path(model);
    throw;
  }
  check.at_least(0, "initial_epoch", options.initial_epoch);
  if (options.initial_epoch >= options.epochs) {
    throw ValueError("fit: initial_epoch " + std::to_string(options.initial_epoch) +
                         " leaves nothing to do before epochs " + std::to_string(options.epochs) +
                         ", which is the number of the last epoch, not how many there are",
                     model);
  }
  check.at_least(1, "steps_per_epoch", options.steps_per_epoch);
  check.at_least(1, "validation_steps", options.validation_steps);
  check.at_least(1, "validation_batch_size", options.validation_batch_size);
  if (options.validation_freq.epochs().empty()) {
    check.at_least(1, "validation_freq", options.validation_freq.every());
  } else {
    for (const int64_t epoch : options.validation_freq.epochs()) check.at_least(1, "validation_freq", epoch);
  }
}

void check_in_range(const EvaluateOptions& options, const std::string& model) {
  const Check check("evaluate", model);
  check.at_least(1, "batch_size", options.batch_size);
  check.at_least(1, "steps", options.steps);
  check.verbose(options.verbose);
  check.callbacks(options.callbacks);
}

void check_in_range(const PredictOptions& options, const std::string& model) {
  const Check check("predict", model);
  check.at_least(1, "batch_size", options.batch_size);
  check.at_least(1, "steps", options.steps);
  check.verbose(options.verbose);
  check.callbacks(options.callbacks);
}

}  // namespace xtape::models
