#include "models/tensor_batches.hpp"

#include <algorithm>
#include <utility>
#include <vector>
#include <xtape/mask.hpp>
#include <xtape/ops/indexing.hpp>

namespace xtape::models {
namespace {

// The samples that `choose` takes of a tensor, and of its mask.
template <class Choose>
Tensor chosen(const Tensor& tensor, const Choose& choose) {
  if (!has_mask(tensor)) return choose(tensor);
  const Tensor mask = mask_of(tensor);
  return with_mask(choose(tensor), mask.rank() > 0 ? choose(mask) : mask);
}

// Those of each tensor; an output without a target has none.
template <class Choose>
Data chosen(const Data& data, const Choose& choose) {
  std::vector<Tensor> result;
  result.reserve(data.size());
  for (const Tensor& tensor : data.all()) result.push_back(tensor.defined() ? chosen(tensor, choose) : Tensor());
  return data.with(std::move(result));
}

template <class Choose>
Batch chosen(const Batch& batch, const Choose& choose) {
  return {chosen(batch.x, choose), chosen(batch.y, choose), chosen(batch.sample_weight, choose)};
}

}  // namespace

Tensor weight_of(const Data& sample_weight, std::size_t output) {
  if (sample_weight.size() == 0) return {};
  return sample_weight[sample_weight.size() == 1 ? 0 : output];
}

Batch slice(const Batch& data, const Slice& range) {
  return chosen(data, [&](const Tensor& tensor) { return tensor.slice(0, range); });
}

Batch take(const Batch& data, const Tensor& indices) {
  return chosen(data, [&](const Tensor& tensor) { return xtape::take(tensor, indices); });
}

int64_t batch_size_for(std::optional<int64_t> given, std::optional<int64_t> steps, int64_t samples) {
  if (given) return *given;
  return steps ? samples / *steps + (samples % *steps != 0) : 32;
}

Batch TensorBatches::operator[](int64_t position) const {
  if (size() == 1 && !order_.defined()) return data_;
  const int64_t begin = position * batch_size_;
  const Slice range{begin, begin + std::min(batch_size_, samples() - begin)};
  return order_.defined() ? take(data_, order_.slice(0, range)) : slice(data_, range);
}

}  // namespace xtape::models
