#include "metrics/confusion_counts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::metrics {
namespace {

Tensor dense(const Tensor& x) { return x.astype(float32).contiguous(); }

}  // namespace

Tensor weights_for(const std::string& name, const Shape& shape, const Tensor& sample_weight) {
  if (!sample_weight.defined()) return {};
  // One of its own shape, so that the two meet by the rules of weights.
  const Tensor fitted = detail::with_weights(zeros({}).broadcast_to(shape), sample_weight, name.c_str()).second;
  // The last axis of length 1 that only one of them had: [batch, 1] for elements [batch], [batch, time] for
  // [batch, time, 1].
  const int rank = fitted.rank();
  const Tensor placed = rank > shape.rank()   ? fitted.squeeze(-1)
                        : rank < shape.rank() ? fitted.expand_dims(-1)
                                              : fitted;
  return dense(placed.broadcast_to(shape));
}

ConfusionBatch::ConfusionBatch(const std::string& name, const Tensor& given_true, const Tensor& given_pred,
                               const Tensor& sample_weight) {
  detail::check_defined(name.c_str(), given_true, given_pred);
  const auto [target, prediction] = detail::to_same_rank(given_true, given_pred);
  detail::check_same_shape(name.c_str(), target, prediction);
  weights = weights_for(name, prediction.shape(), sample_weight);
  y_true = target.dtype() == bool_ || is_floating(target.dtype()) ? dense(target) : dense(target.astype(bool_));
  y_pred = dense(prediction);
}

void ConfusionBatch::keep_top(const std::string& name, int64_t k) {
  const int64_t classes = y_pred.rank() == 0 ? 1 : y_pred.shape(-1);
  if (k > classes) {
    throw ValueError(name + ": top_k of " + std::to_string(k) + " needs as many predictions in the last axis, given " +
                     y_pred.shape().str());
  }
  constexpr float below_all = -1e10F;  // Keras's
  const Tensor kept = full(y_pred.shape(), below_all);
  const float* row = y_pred.data<const float>();
  float* result = kept.data<float>();
  std::vector<int64_t> places(static_cast<std::size_t>(classes));
  const int64_t rows = y_pred.numel() / classes;
  for (int64_t i = 0; i < rows; ++i, row += classes, result += classes) {
    std::iota(places.begin(), places.end(), int64_t{0});
    // The largest first, NaN last.
    std::nth_element(places.begin(), places.begin() + (k - 1), places.end(), [row](int64_t a, int64_t b) {
      const bool a_is_number = row[a] == row[a], b_is_number = row[b] == row[b];
      if (a_is_number != b_is_number) return a_is_number;
      return a_is_number && row[a] != row[b] ? row[a] > row[b] : a < b;
    });
    for (int64_t place = 0; place < k; ++place) {
      const int64_t j = places[static_cast<std::size_t>(place)];
      result[j] = row[j];
    }
  }
  y_pred = kept;
}

void ConfusionBatch::keep_class(const std::string& name, int64_t class_id) {
  if (y_pred.rank() < 2) {
    throw ShapeError(name + ": with class_id expected predictions [..., classes], given " + y_pred.shape().str());
  }
  if (class_id >= y_pred.shape(-1)) {
    throw IndexError(name + ": class_id " + std::to_string(class_id) + " is none of the " +
                     std::to_string(y_pred.shape(-1)) + " classes of predictions " + y_pred.shape().str());
  }
  const auto of_class = [class_id](const Tensor& x) { return x.slice(-1, {class_id, class_id + 1}).contiguous(); };
  y_true = of_class(y_true);
  y_pred = of_class(y_pred);
  if (weights.defined()) weights = of_class(weights);
}

ConfusionCounts::ConfusionCounts(const std::vector<double>& thresholds, bool even)
    : order_(thresholds.size()), ascending_(std::is_sorted(thresholds.begin(), thresholds.end())), even_(even) {
  std::iota(order_.begin(), order_.end(), int64_t{0});
  std::stable_sort(order_.begin(), order_.end(), [&](int64_t a, int64_t b) {
    return thresholds[static_cast<std::size_t>(a)] < thresholds[static_cast<std::size_t>(b)];
  });
  for (const int64_t place : order_) {
    sorted_.push_back(static_cast<float>(thresholds[static_cast<std::size_t>(place)]));
  }
}

int64_t ConfusionCounts::thresholds_below(float prediction) const {
  if (!(prediction == prediction)) return 0;
  if (!even_) return std::lower_bound(sorted_.begin(), sorted_.end(), prediction) - sorted_.begin();
  const float place = std::clamp(prediction, 0.0F, 1.0F) * static_cast<float>(sorted_.size() - 1);
  // Rounded up, without a call.
  const auto whole = static_cast<int64_t>(place);
  const int64_t below = whole + (place > static_cast<float>(whole));
  // The first threshold may lie below 0, so that all exceed it.
  return sorted_.front() < 0 ? std::max<int64_t>(below, 1) : below;
}

template <bool weighted>
void ConfusionCounts::fill_buckets(const ConfusionBatch& batch, int64_t labels) {
  const float* const target = batch.y_true.data<const float>();
  const float* const prediction = batch.y_pred.data<const float>();
  const float* const weight = weighted ? batch.weights.data<const float>() : nullptr;
  const int64_t count = batch.y_pred.numel();
  int64_t label = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t bucket = thresholds_below(prediction[i]) * labels + label;
    (target[i] != 0 ? positive_ : negative_)[static_cast<std::size_t>(bucket)] +=
        weighted ? static_cast<double>(weight[i]) : 1.0;
    if (++label == labels) label = 0;
  }
}

void ConfusionCounts::add_at_one(const ConfusionBatch& batch, const Counts& counts) const {
  const float* const target = batch.y_true.data<const float>();
  const float* const prediction = batch.y_pred.data<const float>();
  const float threshold = sorted_.front();
  const int64_t count = batch.y_pred.numel();
  int64_t positive = 0, exceeding = 0, both = 0;
  for (int64_t i = 0; i < count; ++i) {
    const bool is_positive = target[i] != 0, exceeds = prediction[i] > threshold;
    positive += is_positive;
    exceeding += exceeds;
    both += is_positive & exceeds;
  }
  const auto add = [](const Tensor& to, int64_t more) {
    if (to.defined()) to.data<double>()[0] += static_cast<double>(more);
  };
  add(counts.true_positives, both);
  add(counts.false_positives, exceeding - both);
  add(counts.false_negatives, positive - both);
  add(counts.true_negatives, count - positive - (exceeding - both));
}

void ConfusionCounts::add(const ConfusionBatch& batch, int64_t labels, const Counts& counts) {
  // Numbers of samples, which are whole, need no buckets.
  if (sorted_.size() == 1 && labels == 1 && !batch.weights.defined()) return add_at_one(batch, counts);
  const std::size_t size = (sorted_.size() + 1) * static_cast<std::size_t>(labels);
  positive_.assign(size, 0);
  negative_.assign(size, 0);
  batch.weights.defined() ? fill_buckets<true>(batch, labels) : fill_buckets<false>(batch, labels);
  // What exceeds threshold i lies in the buckets above i.
  for (int64_t label = 0; label < labels; ++label) {
    double positive = 0, negative = 0;
    for (int64_t i = thresholds(); i >= 0; --i) {
      const auto place = static_cast<std::size_t>(i * labels + label);
      positive_[place] = positive += positive_[place];
      negative_[place] = negative += negative_[place];
    }
  }
  add_exceeding(positive_, labels, counts.true_positives);
  add_exceeding(negative_, labels, counts.false_positives);
  add_others(positive_, labels, counts.false_negatives);
  add_others(negative_, labels, counts.true_negatives);
}

void ConfusionCounts::add_exceeding(const std::vector<double>& cumulated, int64_t labels, const Tensor& counts) const {
  if (!counts.defined()) return;
  double* const count = counts.data<double>();
  const double* exceeding = cumulated.data() + labels;
  if (ascending_) {
    for (int64_t i = 0; i < thresholds() * labels; ++i) count[i] += exceeding[i];
    return;
  }
  for (const int64_t place : order_) {
    for (int64_t label = 0; label < labels; ++label) count[place * labels + label] += *exceeding++;
  }
}

void ConfusionCounts::add_others(const std::vector<double>& cumulated, int64_t labels, const Tensor& counts) const {
  if (!counts.defined()) return;
  double* const count = counts.data<double>();
  const double* const all = cumulated.data();
  const double* exceeding = all + labels;
  if (ascending_ && labels == 1) {
    for (int64_t i = 0; i < thresholds(); ++i) count[i] += all[0] - exceeding[i];
    return;
  }
  for (const int64_t place : order_) {
    for (int64_t label = 0; label < labels; ++label) count[place * labels + label] += all[label] - *exceeding++;
  }
}

std::vector<double> checked_thresholds(const std::string& class_name, const std::vector<double>& given) {
  if (given.empty()) throw ValueError(class_name + ": thresholds must not be an empty list");
  for (const double threshold : given) {
    detail::check_number(class_name, "thresholds", threshold, detail::Range::from_0_to_1);
  }
  return given;
}

bool are_even(const std::vector<double>& thresholds) {
  if (thresholds.size() < 3) return false;
  const std::vector<double> even = even_thresholds(static_cast<int64_t>(thresholds.size()));
  return std::equal(thresholds.begin(), thresholds.end(), even.begin(),
                    [](double a, double b) { return std::abs(a - b) <= 1e-7 + 1e-5 * std::abs(b); });
}

void check_threshold_count(int64_t least, const std::string& class_name, int64_t count) {
  detail::check_at_least(least, class_name, "num_thresholds", count);
  constexpr int64_t most = int64_t{1} << 20;
  if (count > most) {
    throw ValueError(class_name + ": num_thresholds must be at most " + std::to_string(most) + ", given " +
                     std::to_string(count));
  }
}

std::vector<double> even_thresholds(int64_t n) {
  std::vector<double> thresholds;
  for (int64_t i = 0; i < n; ++i) thresholds.push_back(static_cast<double>(i) / static_cast<double>(n - 1));
  return thresholds;
}

}  // namespace xtape::metrics
