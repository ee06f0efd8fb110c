#pragma once

#include <optional>
#include <utility>
#include <vector>
#include <xtape/models/model_impl.hpp>

namespace xtape::models {

// Shape and type of each tensor of a batch, nothing where there is none: of x, y and sample_weight, one after the
// other.
using BatchForm = std::vector<std::vector<std::optional<std::pair<Shape, DType>>>>;

inline BatchForm form_of(const Batch& batch) {
  BatchForm form;
  for (const Data* data : {&batch.x, &batch.y, &batch.sample_weight}) {
    form.emplace_back();
    for (const Tensor& tensor : data->all()) {
      form.back().emplace_back();
      if (tensor.defined()) form.back().back().emplace(tensor.shape(), tensor.dtype());
    }
  }
  return form;
}

// The same of any number of samples.
inline BatchForm form_of_samples(const Batch& batch) {
  BatchForm form = form_of(batch);
  for (auto& part : form) {
    for (auto& tensor : part) {
      if (tensor && tensor->first.rank() > 0) tensor->first[0] = -1;
    }
  }
  return form;
}

}  // namespace xtape::models
