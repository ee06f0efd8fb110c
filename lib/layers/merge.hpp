#pragma once

#include <cstddef>
#include <string>
#include <vector>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

// A layer of several tensors. What shape the result has is found without any, so that errors of calls on symbols show
// the symbols' own shapes.
class MergeImpl : public LayerImpl {
 public:
  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override;

 protected:
  using LayerImpl::LayerImpl;

  // The shape of the result for inputs of these shapes, in which -1 stands for an unknown length. @throws as a call.
  virtual Shape merged_shape(const std::vector<Shape>& shapes) const = 0;
};

// @throws ValueError for fewer than two.
void check_several(std::size_t inputs);

// Whether two lengths may be equal, of which one may be unknown.
inline bool may_be_equal(int64_t a, int64_t b) { return a == b || a == -1 || b == -1; }

// Whether there are whole numbers beside floats, of which NumPy would make float64, and Keras floats of the layer's
// type.
bool mixes_types(const std::vector<Tensor>& inputs);
std::vector<Tensor> of_type(std::vector<Tensor> inputs, DType dtype);

// `why`, and the shapes: "the batches differ: [2, 3], [4, 3]".
[[noreturn]] void throw_shapes(const std::string& why, const std::vector<Shape>& shapes);

}  // namespace xtape::layers
