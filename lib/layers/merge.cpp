#include "layers/merge.hpp"

#include <algorithm>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

#include "layers/call_types.hpp"
#include "layers/layer_fields.hpp"
#include "layers/shapes_of.hpp"

namespace xtape::layers {

std::vector<Shape> MergeImpl::compute_output_shapes(const Arguments<Symbol>& arguments) {
  std::vector<Shape> shapes;
  for (const Symbol& input : arguments.inputs) shapes.push_back(input.shape());
  return {merged_shape(shapes)};
}

void check_several(std::size_t inputs) {
  if (inputs < 2) throw ValueError("expected at least 2 tensors, given " + std::to_string(inputs));
}

bool mixes_types(const std::vector<Tensor>& inputs) {
  const auto floats =
      std::count_if(inputs.begin(), inputs.end(), [](const Tensor& x) { return is_floating(x.dtype()); });
  return floats != 0 && floats != std::ssize(inputs);
}

std::vector<Tensor> of_type(std::vector<Tensor> inputs, DType dtype) {
  for (Tensor& input : inputs) input = input.astype(dtype);
  return inputs;
}

void throw_shapes(const std::string& why, const std::vector<Shape>& shapes) {
  std::string list;
  for (const Shape& shape : shapes) list += (list.empty() ? "" : ", ") + shape.str();
  throw ShapeError(why + ": " + list);
}

namespace {

using Tensors = std::vector<Tensor>;

// With axes of length 1 behind the batch.
Shape aligned(Shape shape, int rank) {
  while (shape.rank() < rank) shape.insert(shape.empty() ? 0 : 1, 1);
  return shape;
}
Tensor aligned(const Tensor& x, int rank) { return x.rank() == rank ? x : x.reshape(aligned(x.shape(), rank)); }

// Keras's: an unknown length makes that of the result unknown, but for the batch.
Shape broadcast_shape(const std::vector<Shape>& shapes) {
  const auto shorter = [](const Shape& a, const Shape& b) { return a.rank() < b.rank(); };
  const int rank = std::max_element(shapes.begin(), shapes.end(), shorter)->rank();
  Shape result = aligned(shapes.front(), rank);
  for (std::size_t i = 1; i < shapes.size(); ++i) {
    const Shape shape = aligned(shapes[i], rank);
    for (int axis = 0; axis < rank; ++axis) {
      const int64_t length = shape[axis];
      int64_t& merged = result[axis];
      if (axis == 0) {
        if (!may_be_equal(merged, length)) throw_shapes("the batches differ", shapes);
        if (merged == -1) merged = length;
      } else if (merged == -1 || length == -1) {
        merged = -1;
      } else if (merged == 1) {
        merged = length;
      } else if (length != 1 && length != merged) {
        throw_shapes("shapes do not broadcast", shapes);
      }
    }
  }
  return result;
}

// What counts in any of them, as in Keras. One that is undefined counts everywhere, which needs no mask.
Tensor united(const Tensors& masks) {
  Tensor result = masks.front();
  for (const Tensor& mask : masks) {
    if (!mask.defined()) return {};
    result = logical_or(result, mask);
  }
  return result;
}

// @throws ShapeError unless they say of the same axes what counts.
void check_masks(const Tensors& masks) {
  if (!std::all_of(masks.begin(), masks.end(), [](const Tensor& mask) { return mask.defined(); })) return;
  const std::vector<Shape> shapes = shapes_of(masks);
  const int rank = shapes.front().rank();
  for (const Shape& shape : shapes) {
    if (shape.rank() != rank) {
      throw_shapes(
          "the masks of the inputs have other dimensions than each other; with_mask(x, mask) gives x another one",
          shapes);
    }
  }
}

template <class Combine>
Tensor fold(const Tensors& inputs, const Combine& combine) {
  Tensor result = combine(inputs[0], inputs[1]);
  for (std::size_t i = 2; i < inputs.size(); ++i) result = combine(result, inputs[i]);
  return result;
}

class ElementwiseImpl : public MergeImpl {
 public:
  explicit ElementwiseImpl(MergeOptions given) : MergeImpl(layer_options(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensors& inputs) {
    if (mixes_types(inputs)) return call(of_type(inputs, dtype()));
    check_count(inputs.size());
    const Shape& first = inputs.front().shape();
    const auto same = [&](const Tensor& x) { return x.shape() == first; };
    if (std::all_of(inputs.begin() + 1, inputs.end(), same)) return merge(inputs, masks_of(inputs, first.rank()));
    std::vector<Shape> shapes;
    for (const Tensor& input : inputs) shapes.push_back(input.shape());
    const int rank = broadcast_shape(shapes).rank();
    Tensors all;
    for (const Tensor& input : inputs) all.push_back(aligned(input, rank));
    return merge(all, masks_of(inputs, rank));
  }

  Tensor compute_masks(const Tensors&, const Tensors& masks) override {
    check_masks(masks);
    return united(masks);
  }

 protected:
  // Of tensors of one rank that broadcast. A mask says which elements count, if it is defined; there are none at all
  // where all do.
  virtual Tensor merge(const Tensors& inputs, const Tensors& masks) = 0;
  virtual void check_count(std::size_t inputs) const { check_several(inputs); }

  Shape merged_shape(const std::vector<Shape>& shapes) const override {
    check_count(shapes.size());
    return broadcast_shape(shapes);
  }

 private:
  // A layer that passes no masks on does not look at them either, as in the release of Keras whose file it is of.
  Tensors masks_of(const Tensors& inputs, int rank) const {
    Tensors masks;
    if (!passes_masks()) return masks;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Tensor steps = mask(i);
      if (!steps.defined()) continue;
      Shape shape = steps.shape();
      while (shape.rank() < inputs[i].rank()) shape.push_back(1);
      masks.resize(inputs.size());
      masks[i] = aligned(steps.reshape(shape), rank);
    }
    return masks;
  }

  MergeOptions given_;
};

class AddImpl : public ElementwiseImpl, public KeepsIntegers {
 public:
  using ElementwiseImpl::ElementwiseImpl;

 protected:
  Tensor merge(const Tensors& inputs, const Tensors&) override {
    return fold(inputs, [](const Tensor& a, const Tensor& b) { return a + b; });
  }
};

class SubtractImpl : public ElementwiseImpl, public KeepsIntegers {
 public:
  using ElementwiseImpl::ElementwiseImpl;

 protected:
  Tensor merge(const Tensors& inputs, const Tensors&) override { return inputs[0] - inputs[1]; }
  void check_count(std::size_t inputs) const override { calls::check_inputs(2, inputs); }
};

class MultiplyImpl : public ElementwiseImpl, public KeepsIntegers {
 public:
  using ElementwiseImpl::ElementwiseImpl;

 protected:
  Tensor merge(const Tensors& inputs, const Tensors& masks) override {
    const auto times = [](const Tensor& a, const Tensor& b) { return a * b; };
    if (masks.empty()) return fold(inputs, times);
    Tensors factors = inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (masks[i].defined()) factors[i] = where(masks[i], inputs[i], 1);
    }
    const Tensor product = fold(factors, times), counts = united(masks);
    return counts.defined() ? where(counts, product, 0) : product;
  }
};

class AverageImpl : public ElementwiseImpl {
 public:
  explicit AverageImpl(MergeOptions given) : ElementwiseImpl(std::move(given)) { converts_integers(); }

 protected:
  Tensor merge(const Tensors& inputs, const Tensors&) override {
    const Tensor sum = fold(inputs, [](const Tensor& a, const Tensor& b) { return a + b; });
    return sum / static_cast<int64_t>(inputs.size());
  }
};

// The one of two that `choose` takes, of what counts.
template <class Choose>
Tensor chosen(const Tensors& inputs, const Tensors& masks, const Choose& choose) {
  if (masks.empty()) return fold(inputs, choose);
  Tensor result = inputs[0], counts = masks[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    // Where one of the two does not count, the other one stands in for it.
    const Tensor other = masks[i].defined() ? where(masks[i], inputs[i], result) : inputs[i];
    if (counts.defined()) result = where(counts, result, other);
    counts = united({counts, masks[i]});
    result = choose(result, other);
  }
  return result;
}

class MaximumImpl : public ElementwiseImpl, public KeepsIntegers {
 public:
  using ElementwiseImpl::ElementwiseImpl;

 protected:
  Tensor merge(const Tensors& inputs, const Tensors& masks) override {
    return chosen(inputs, masks, [](const Tensor& a, const Tensor& b) { return maximum(a, b); });
  }
};

class MinimumImpl : public ElementwiseImpl, public KeepsIntegers {
 public:
  using ElementwiseImpl::ElementwiseImpl;

 protected:
  Tensor merge(const Tensors& inputs, const Tensors& masks) override {
    return chosen(inputs, masks, [](const Tensor& a, const Tensor& b) { return minimum(a, b); });
  }
};

}  // namespace

void MergeOptions::fields(Fields& f) { layer_fields(f, *this); }

Add::Add(MergeOptions options) : Layer(make_layer<AddImpl>(std::move(options))) {}
Subtract::Subtract(MergeOptions options) : Layer(make_layer<SubtractImpl>(std::move(options))) {}
Multiply::Multiply(MergeOptions options) : Layer(make_layer<MultiplyImpl>(std::move(options))) {}
Average::Average(MergeOptions options) : Layer(make_layer<AverageImpl>(std::move(options))) {}
Maximum::Maximum(MergeOptions options) : Layer(make_layer<MaximumImpl>(std::move(options))) {}
Minimum::Minimum(MergeOptions options) : Layer(make_layer<MinimumImpl>(std::move(options))) {}

Add Add::from_config(const Config& config) { return Add(read_fields<MergeOptions>(config, "Add")); }
Subtract Subtract::from_config(const Config& config) { return Subtract(read_fields<MergeOptions>(config, "Subtract")); }
Multiply Multiply::from_config(const Config& config) { return Multiply(read_fields<MergeOptions>(config, "Multiply")); }
Average Average::from_config(const Config& config) { return Average(read_fields<MergeOptions>(config, "Average")); }
Maximum Maximum::from_config(const Config& config) { return Maximum(read_fields<MergeOptions>(config, "Maximum")); }
Minimum Minimum::from_config(const Config& config) { return Minimum(read_fields<MergeOptions>(config, "Minimum")); }

}  // namespace xtape::layers
