#include <string_view>
#include <xtape/detail/metric_direction.hpp>

namespace xtape::detail {
namespace {

// The last words of the names of Keras's losses and metrics.
constexpr std::string_view best_high[] = {"acc",
                                          "accuracy",
                                          "auc",
                                          "precision",
                                          "recall",
                                          "precision_at_recall",
                                          "recall_at_precision",
                                          "sensitivity_at_specificity",
                                          "specificity_at_sensitivity",
                                          "f1_score",
                                          "fbeta_score",
                                          "r2_score",
                                          "io_u",
                                          "true_positives",
                                          "true_negatives",
                                          "cosine_similarity",
                                          "pearson_correlation",
                                          "concordance_correlation"};
constexpr std::string_view best_low[] = {"loss",
                                         "error",
                                         "mse",
                                         "mae",
                                         "mape",
                                         "msle",
                                         "rmse",
                                         "hinge",
                                         "poisson",
                                         "kl_divergence",
                                         "log_cosh",
                                         "false_positives",
                                         "false_negatives",
                                         "crossentropy"};

// Whether those are the last words of the name.
bool ends_with(std::string_view name, std::string_view words) {
  return name == words ||
         (name.size() > words.size() && name.ends_with(words) && name[name.size() - words.size() - 1] == '_');
}

// Without the number that Keras puts behind a name that was taken.
std::string_view without_number(std::string_view name) {
  const std::size_t last = name.find_last_not_of("0123456789");
  return last != std::string_view::npos && last + 1 < name.size() && name[last] == '_' ? name.substr(0, last) : name;
}

}  // namespace

std::optional<bool> is_best_high(const std::string& name) {
  const std::string_view plain = without_number(name);
  for (const std::string_view words : best_high) {
    if (ends_with(plain, words)) return true;
  }
  for (const std::string_view words : best_low) {
    if (ends_with(plain, words)) return false;
  }
  return std::nullopt;
}

}  // namespace xtape::detail
