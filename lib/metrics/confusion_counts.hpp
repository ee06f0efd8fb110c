#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

// Counts of true and false positives and negatives, at thresholds.
namespace xtape::metrics {

// A batch as float32 in row-major order, all of one shape.
struct ConfusionBatch {
  Tensor y_true;
  Tensor y_pred;
  Tensor weights;  // undefined where all are 1

  // @throws ShapeError, naming the metric, if shapes do not fit.
  ConfusionBatch(const std::string& name, const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight);

  // Predictions beyond the k largest of a row become lower than any threshold. @throws ValueError if there are fewer.
  void keep_top(const std::string& name, int64_t k);
  // Only that position of the last axis remains. @throws ShapeError without classes, IndexError if it is none of them.
  void keep_class(const std::string& name, int64_t class_id);
};

// The weights of a batch of that shape as float32 in row-major order; undefined where there are none.
Tensor weights_for(const std::string& name, const Shape& shape, const Tensor& sample_weight);

// Where counts are added: [thresholds] or [thresholds, labels], or undefined where they are not wanted.
struct Counts {
  Tensor true_positives = {}, false_positives = {}, true_negatives = {}, false_negatives = {};
};

class ConfusionCounts {
 public:
  // Thresholds as Keras takes them: in float32, and where they are `even` by a formula that may round otherwise.
  ConfusionCounts(const std::vector<double>& thresholds, bool even);

  int64_t thresholds() const { return static_cast<int64_t>(sorted_.size()); }
  // Adds a batch, whose last axis has the labels if there are several, in time proportional to it and the thresholds.
  void add(const ConfusionBatch& batch, int64_t labels, const Counts& counts);

 private:
  int64_t thresholds_below(float prediction) const;
  template <bool weighted>
  void fill_buckets(const ConfusionBatch& batch, int64_t labels);
  // The same of a batch without weights, at the one threshold that there is.
  void add_at_one(const ConfusionBatch& batch, const Counts& counts) const;
  // Adds, for each threshold, what exceeds it, or the rest.
  void add_exceeding(const std::vector<double>& cumulated, int64_t labels, const Tensor& counts) const;
  void add_others(const std::vector<double>& cumulated, int64_t labels, const Tensor& counts) const;

  std::vector<float> sorted_;
  std::vector<int64_t> order_;  // where each of them is in the given list
  bool ascending_;              // it is the given list
  bool even_;
  // Weights of positive and of negative samples by how many thresholds they exceed, then by label.
  std::vector<double> positive_, negative_;
};

// The given thresholds, or this one. @throws ValueError for one outside [0, 1] and for an empty list.
std::vector<double> checked_thresholds(const std::string& class_name, const std::vector<double>& given);
// Whether they are 0, 1 / (n - 1), ..., 1 for an n of 3 or more, as Keras finds it.
bool are_even(const std::vector<double>& thresholds);
// @throws ValueError unless the option lies between `least` and 2^20: it may come of a file, which has no list of them.
void check_threshold_count(int64_t least, const std::string& class_name, int64_t count);
// n of them.
std::vector<double> even_thresholds(int64_t n);

}  // namespace xtape::metrics
