#pragma once

#include <string>
#include <vector>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

/// A layer that joins several tensors into one: `layers::Add()({a, b})`.
class XTAPE_API Merge : public Layer {
 public:
  /// @throws ValueError for fewer than two tensors; ShapeError if their shapes do not fit; IndexError for an axis that
  /// they have not got.
  Tensor operator()(const std::vector<Tensor>& inputs);
  /// @throws ValueError always: one tensor is not enough.
  Tensor call(const Tensor& x, bool training) override;

 protected:
  explicit Merge(std::string name);
  virtual Tensor merge(const std::vector<Tensor>& inputs) const = 0;
};

struct MergeOptions {
  std::string name = {};
};

/// The sum of tensors that broadcast.
class XTAPE_API Add : public Merge {
 public:
  explicit Add(MergeOptions options = {}) : Merge(options.name) {}

 protected:
  Tensor merge(const std::vector<Tensor>& inputs) const override;
};

struct ConcatenateOptions {
  Axis axis = -1;
  std::string name = {};
};

/// Tensors joined along an axis; their other lengths agree.
class XTAPE_API Concatenate : public Merge {
 public:
  explicit Concatenate(ConcatenateOptions options = {}) : Merge(options.name), axis_(options.axis) {}

 protected:
  Tensor merge(const std::vector<Tensor>& inputs) const override;

 private:
  int axis_;
};

}  // namespace xtape::layers
