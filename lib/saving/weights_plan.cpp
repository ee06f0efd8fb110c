#include "saving/weights_plan.hpp"

#include <iostream>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::saving {
namespace {

// Whether the type holds all numbers of the value, but for digits that are lost, as they are in Keras: as float32,
// large ones would become infinite.
bool holds(DType type, const Tensor& value) {
  const bool narrows = value.dtype() == float64 && type == float32;
  if (value.dtype() == type || type == bool_ || (is_floating(type) && !narrows)) return true;
  const Tensor taken = value.astype(type);
  if (narrows) return all(isfinite(taken) == isfinite(value)).item<bool>();
  return all(abs(taken.astype(float64) - value.astype(float64)) < 1.0).item<bool>();
}

bool are_one(const Tensor& a, const Tensor& b) {
  // What is no number is one too.
  return a.shape() == b.shape() && all(logical_or(a == b, logical_and(a != a, b != b))).item<bool>();
}

}  // namespace

void WeightsPlan::assign(const std::string& place, const Tensor& variable, const Tensor& value,
                         const std::optional<Shape>& other_shape) {
  const bool reshapes = other_shape && value.shape() == *other_shape && value.numel() == variable.numel();
  if (value.shape() != variable.shape() && !reshapes) {
    note_other_shape(place, variable.shape(), value.shape());
  } else if (!holds(variable.dtype(), value)) {
    note("out of range: " + place + ": the model has " + name(variable.dtype()) + ", the file " + name(value.dtype()) +
         " with numbers that it does not hold");
  } else {
    take({place, variable, reshapes ? value.reshape(variable.shape()) : value});
  }
}

std::optional<std::string> WeightsPlan::difference_of(const Assignment& assignment) const {
  const auto known = variables_.find(assignment.variable.handle());
  if (known == variables_.end()) return std::nullopt;
  const Assignment& before = assignments_[known->second];
  if (are_one(before.value, assignment.value)) return std::nullopt;
  return "two values of one weight: " + before.place + " and " + assignment.place + " are one in the model, and differ";
}

void WeightsPlan::take(Assignment assignment) {
  const auto [known, is_new] = variables_.try_emplace(assignment.variable.handle(), assignments_.size());
  if (is_new) assignments_.push_back(std::move(assignment));
}

void WeightsPlan::note_other_shape(const std::string& place, const Shape& shape, const Shape& in_file) {
  note("other shape: " + place + ": the model has " + shape.str() + ", the file " + in_file.str());
}

void WeightsPlan::note_missing(const std::string& place, const Shape& shape) {
  note("missing: " + place + ' ' + shape.str());
}

void WeightsPlan::note_extra(const std::string& place, const Shape& shape) {
  note("extra: " + place + ' ' + shape.str());
}

void WeightsPlan::add(WeightsPlan part, bool skips, const std::string& what) {
  for (const Assignment& each : part.assignments_) {
    if (const std::optional<std::string> difference = difference_of(each)) part.note(*difference);
  }
  if (!part.is_right() && skips) {
    std::cerr << what << " is skipped:";
    for (const std::string& problem : part.problems_) std::cerr << "\n  " << problem;
    std::cerr << std::endl;
    return;
  }
  for (Assignment& each : part.assignments_) take(std::move(each));
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
  for (const auto& [place, variable, value] : assignments_) variable.assign(value.astype(variable.dtype()));
}

}  // namespace xtape::saving
