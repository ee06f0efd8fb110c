#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <xtape/models/data.hpp>
#include <xtape/shape.hpp>

namespace xtape::models {

// The weights of the samples for an output: those for all, or its own; undefined if there are none.
Tensor weight_of(const Data& sample_weight, std::size_t output);

// The samples in that range, or of these numbers (int64 [n]), with their masks.
Batch slice(const Batch& data, const Slice& range);
Batch take(const Batch& data, const Tensor& indices);

// How many samples a batch has: the given number, or Keras's default, by which so many steps go through all samples,
// and which is 32 where their number is not given.
int64_t batch_size_for(std::optional<int64_t> given, std::optional<int64_t> steps, int64_t samples);

// All samples in batches, in the order that `order` (int64 [n]) gives, or as they lie.
class TensorBatches {
 public:
  TensorBatches(Batch data, int64_t batch_size) : data_(std::move(data)), batch_size_(batch_size) {}

  int64_t samples() const { return data_.x[0].shape(0); }
  int64_t batch_size() const { return batch_size_; }
  int64_t size() const { return samples() / batch_size_ + (samples() % batch_size_ != 0); }
  void set_order(Tensor order) { order_ = std::move(order); }
  Batch operator[](int64_t position) const;

 private:
  Batch data_;
  Tensor order_;
  int64_t batch_size_;
};

}  // namespace xtape::models
