#include <utility>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/metrics/crossentropy.hpp>

#include "metrics/mean_of.hpp"

namespace xtape::metrics {
namespace {

void own_fields(BinaryCrossentropyOptions& options, Fields& f) {
  f("from_logits", options.from_logits)("label_smoothing", options.label_smoothing);
}

void own_fields(CategoricalCrossentropyOptions& options, Fields& f) {
  f("from_logits", options.from_logits)("label_smoothing", options.label_smoothing)("axis", options.axis);
}

void own_fields(SparseCategoricalCrossentropyOptions& options, Fields& f) {
  f("from_logits", options.from_logits)("axis", options.axis);
  f.omit_default("ignore_class", options.ignore_class, std::optional<int64_t>());
}

// The mean of a loss, whose `class_name` it shares, with options that are its fields too.
template <class Options>
std::shared_ptr<MetricImpl> mean_of_loss(const losses::Loss& loss, const Options& options) {
  return mean_of(
      loss->class_name(), options.name.empty() ? loss.name() : options.name,
      [loss](const Tensor& y_true, const Tensor& y_pred) { return loss.call(y_true, y_pred); },
      [options = Options(options)](Fields& f) mutable { own_fields(options, f); });
}

template <class Options>
void all_fields(Options& options, Fields& f) {
  f("name", options.name).accept("dtype", "float32");
  own_fields(options, f);
}

}  // namespace

void BinaryCrossentropyOptions::fields(Fields& f) { all_fields(*this, f); }
void CategoricalCrossentropyOptions::fields(Fields& f) { all_fields(*this, f); }
void SparseCategoricalCrossentropyOptions::fields(Fields& f) { all_fields(*this, f); }

BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyOptions options)
    : Metric(mean_of_loss(
          losses::BinaryCrossentropy({.from_logits = options.from_logits, .label_smoothing = options.label_smoothing}),
          options)) {}

CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyOptions options)
    : Metric(mean_of_loss(
          losses::CategoricalCrossentropy(
              {.from_logits = options.from_logits, .label_smoothing = options.label_smoothing, .axis = options.axis}),
          options)) {}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : Metric(mean_of_loss(
          losses::SparseCategoricalCrossentropy(
              {.from_logits = options.from_logits, .ignore_class = options.ignore_class, .axis = options.axis}),
          options)) {}

}  // namespace xtape::metrics
