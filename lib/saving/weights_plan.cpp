#include "saving/weights_plan.hpp"

#include <iostream>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>

namespace xtape::saving {

void WeightsPlan::assign(const std::string& place, const Tensor& variable, const Tensor& value, bool reshapes) {
  if (value.shape() == variable.shape()) {
    assignments_.push_back({variable, value});
  } else if (reshapes && value.numel() == variable.numel()) {
    assignments_.push_back({variable, value.reshape(variable.shape())});
  } else {
    note("other shape: " + place + ": the model has " + variable.shape().str() + ", the file " + value.shape().str());
  }
}

void WeightsPlan::note_missing(const std::string& place, const Shape& shape) {
  note("missing: " + place + ' ' + shape.str());
}

void WeightsPlan::note_extra(const std::string& place, const Shape& shape) {
  note("extra: " + place + ' ' + shape.str());
}

void WeightsPlan::add(WeightsPlan part, bool skips, const std::string& what) {
  if (!part.is_right() && skips) {
    std::cerr << what << " is skipped:";
    for (const std::string& problem : part.problems_) std::cerr << "\n  " << problem;
    std::cerr << std::endl;
    return;
  }
  for (Assignment& each : part.assignments_) assignments_.push_back(std::move(each));
  for (std::string& each : part.problems_) problems_.push_back(std::move(each));
}

void WeightsPlan::check(const std::string& what) const {
  if (is_right()) return;
  std::string text = what + ": the weights in the file are not those of the model";
  for (const std::string& problem : problems_) text += "\n  " + problem;
  throw ValueError(text);
}

void WeightsPlan::apply() const {
  const NoGrad no_grad;
  for (const auto& [variable, value] : assignments_) variable.assign(value.astype(variable.dtype()));
}

}  // namespace xtape::saving
