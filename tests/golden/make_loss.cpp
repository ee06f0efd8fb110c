#include "golden/make_loss.hpp"

#include <xtape/error.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/losses/mean_errors.hpp>

namespace xtape::test {

std::shared_ptr<losses::Loss> make_loss(const std::string& kind, const Config& config) {
  const std::string reduction = config.text("reduction", "sum_over_batch_size");
  if (kind == "MeanSquaredError") {
    return std::make_shared<losses::MeanSquaredError>(losses::LossOptions{.reduction = reduction});
  }
  if (kind == "MeanAbsoluteError") {
    return std::make_shared<losses::MeanAbsoluteError>(losses::LossOptions{.reduction = reduction});
  }
  if (kind == "SparseCategoricalCrossentropy") {
    losses::SparseCategoricalCrossentropyOptions options{.from_logits = config.flag("from_logits", false),
                                                         .reduction = reduction};
    if (config.contains("ignore_class")) options.ignore_class = config.integer("ignore_class", 0);
    return std::make_shared<losses::SparseCategoricalCrossentropy>(options);
  }
  const losses::CrossentropyOptions options{.from_logits = config.flag("from_logits", false),
                                            .label_smoothing = config.number("label_smoothing", 0),
                                            .reduction = reduction};
  if (kind == "BinaryCrossentropy") return std::make_shared<losses::BinaryCrossentropy>(options);
  if (kind == "CategoricalCrossentropy") return std::make_shared<losses::CategoricalCrossentropy>(options);
  throw ValueError("make_loss: unknown class " + kind);
}

}  // namespace xtape::test
