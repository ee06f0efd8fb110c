#pragma once

#include <string>
#include <xtape/constraints/constraint.hpp>
#include <xtape/regularizers/regularizer.hpp>
#include <xtape/tensor.hpp>

namespace xtape::layers {

/// A value that a layer owns. The tensor is the layer's own: changing it in place changes the layer.
struct XTAPE_API Variable {
  /// "kernel".
  std::string name;
  /// The names of the layers that hold it and its own: "sequential/dense/kernel".
  std::string path;
  Tensor value;
  /// Whether training changes it; false for moving averages and the weights of frozen layers.
  bool trainable = true;
  /// Its penalty in the loss, or nothing.
  regularizers::Regularizer regularizer;
  /// What it has to fulfil after each step of training, or nothing. `fit` sees to that; a loop of one's own calls
  /// Optimizer::set_constraints.
  constraints::Constraint constraint;

  /// What the regularizer gives. @throws ValueError naming the variable if that is an undefined tensor, ShapeError if
  /// it is not one number.
  Tensor penalty() const;
};

}  // namespace xtape::layers
