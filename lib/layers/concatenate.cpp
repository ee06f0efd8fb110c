#include <algorithm>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/call_types.hpp"
#include "layers/layer_fields.hpp"
#include "layers/merge.hpp"

namespace xtape::layers {
namespace {

class ConcatenateImpl : public MergeImpl, public KeepsIntegers {
 public:
  explicit ConcatenateImpl(ConcatenateOptions given) : MergeImpl(layer_options(given)), given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const std::vector<Tensor>& inputs) {
    check_several(inputs.size());
    return concatenate(mixes_types(inputs) ? of_type(inputs, dtype()) : inputs, given_.axis);
  }

  // A step of the result counts where it does in any input that it came from.
  Tensor compute_masks(const std::vector<Tensor>& inputs, const std::vector<Tensor>& masks) override {
    const auto defined = [](const Tensor& mask) { return mask.defined(); };
    if (std::none_of(masks.begin(), masks.end(), defined)) return {};
    std::vector<Tensor> elements;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Tensor mask = masks[i].defined() ? masks[i] : full(inputs[i].shape(), true);
      if (mask.rank() < inputs[i].rank()) mask = broadcast_to(mask.expand_dims(-1), inputs[i].shape());
      elements.push_back(mask.astype(bool_));
    }
    return any(concatenate(elements, given_.axis), -1);
  }

 protected:
  Shape merged_shape(const std::vector<Shape>& shapes) const override {
    check_several(shapes.size());
    Shape result = shapes.front();
    const int given = given_.axis, joined = given < 0 ? given + result.rank() : given;
    if (joined < 0 || joined >= result.rank()) {
      throw IndexError("axis " + std::to_string(given) + " is out of range for inputs " + result.str());
    }
    for (std::size_t i = 1; i < shapes.size(); ++i) {
      const Shape& shape = shapes[i];
      if (shape.rank() != result.rank()) throw_shapes("the ranks differ", shapes);
      for (int axis = 0; axis < result.rank(); ++axis) {
        if (axis == joined) {
          const bool known = result[axis] != -1 && shape[axis] != -1;
          result[axis] = known ? result[axis] + shape[axis] : -1;
        } else if (!may_be_equal(result[axis], shape[axis])) {
          throw_shapes("lengths differ along another axis than " + std::to_string(given), shapes);
        } else if (result[axis] == -1) {
          result[axis] = shape[axis];
        }
      }
    }
    return result;
  }

 private:
  ConcatenateOptions given_;
};

}  // namespace

void ConcatenateOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("axis", axis);
}

Concatenate::Concatenate(ConcatenateOptions options) : Layer(make_layer<ConcatenateImpl>(std::move(options))) {}

Concatenate Concatenate::from_config(const Config& config) {
  return Concatenate(read_fields<ConcatenateOptions>(config, "Concatenate"));
}

}  // namespace xtape::layers
