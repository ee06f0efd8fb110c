#pragma once

#include <optional>
#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

struct FBetaScoreOptions {
  /// How the scores of the classes become one: "micro" (all elements counted together), "macro" (their mean) or
  /// "weighted" (their mean by the number of targets). Default: they stay, `values()` is [classes].
  std::optional<std::string> average = std::nullopt;
  /// How many times as much recall counts as precision.
  double beta = 1;
  /// In (0, 1]: what predictions are positive above. Default: those that are the largest of their row, and not 0.
  std::optional<double> threshold = std::nullopt;
  std::string name = "fbeta_score";

  XTAPE_API void fields(Fields& f);
};

/// (1 + beta^2) * precision * recall / (beta^2 * precision + recall), for targets and predictions [batch, classes];
/// weights [batch], or of their shape. As in Keras targets may be between 0 and 1, and masks are not known.
class XTAPE_API FBetaScore : public Metric {
 public:
  /// @throws ValueError for an unknown average, a beta that is not above 0, or a threshold outside (0, 1]. In
  /// update_state it throws ShapeError for another number of classes than before too.
  explicit FBetaScore(FBetaScoreOptions options = {});
};

struct F1ScoreOptions {
  /// As those of FBetaScoreOptions.
  std::optional<std::string> average = std::nullopt;
  std::optional<double> threshold = std::nullopt;
  std::string name = "f1_score";

  XTAPE_API void fields(Fields& f);
};

/// FBetaScore with beta = 1: the harmonic mean of precision and recall.
class XTAPE_API F1Score : public Metric {
 public:
  /// @throws as FBetaScore.
  explicit F1Score(F1ScoreOptions options = {});
};

}  // namespace xtape::metrics
