#include <array>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/normalization.hpp>

#include "layers/layer_fields.hpp"
#include "layers/merge.hpp"

namespace xtape::layers {
namespace {

struct DotFields {
  Axes axes = {};
  DotOptions options = {};

  void fields(Fields& f) {
    f("axes", axes);
    options.fields(f);
  }
};

class DotImpl : public MergeImpl {
 public:
  explicit DotImpl(DotFields given) : MergeImpl(layer_options(given.options)), given_(std::move(given)) {
    converts_integers();
    const auto& axes = given_.axes.values();
    if (given_.axes.all() || axes.empty() || axes.size() > 2) {
      throw ValueError("Dot: expected one axis for both tensors, or one for each, given " +
                       (given_.axes.all() ? "none" : std::to_string(axes.size())));
    }
    axes_ = {axes.front(), axes.back()};
    if (axes_[0] == 0 || axes_[1] == 0) throw ValueError("Dot: axis 0 is that of the batch, which is not summed");
  }

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const std::vector<Tensor>& inputs) {
    calls::check_inputs(2, inputs.size());
    const Tensor &a = inputs[0], &b = inputs[1];
    merged_shape({a.shape(), b.shape()});
    if (!given_.options.normalize) return batch_dot(a, b, axes_[0], axes_[1]);
    return batch_dot(normalize(a, axes_[0]), normalize(b, axes_[1]), axes_[0], axes_[1]);
  }

  Tensor compute_masks(const std::vector<Tensor>&, const std::vector<Tensor>&) override { return {}; }

 protected:
  Shape merged_shape(const std::vector<Shape>& shapes) const override {
    calls::check_inputs(2, shapes.size());
    Shape a = shapes[0], b = shapes[1];
    const int of_a = axis_of(a, axes_[0]), of_b = axis_of(b, axes_[1]);
    if (!may_be_equal(a[0], b[0])) throw_shapes("the batches differ", shapes);
    if (!may_be_equal(a[of_a], b[of_b])) {
      throw_shapes("the lengths of axis " + std::to_string(of_a) + " and axis " + std::to_string(of_b) + " differ",
                   shapes);
    }
    if (a[0] == -1) a[0] = b[0];
    a.erase(of_a);
    b.erase(of_b);
    for (int axis = 1; axis < b.rank(); ++axis) a.push_back(b[axis]);
    if (a.rank() == 1) a.push_back(1);
    return a;
  }

 private:
  // Counted from the front.
  static int axis_of(const Shape& shape, int given) {
    const int axis = given < 0 ? given + shape.rank() : given;
    if (axis > 0 && axis < shape.rank()) return axis;
    throw IndexError("axis " + std::to_string(given) + " is out of range, or the batch, for inputs " + shape.str());
  }

  DotFields given_;
  std::array<int, 2> axes_;
};

}  // namespace

void DotOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("normalize", normalize);
}

Dot::Dot(const Axes& axes, DotOptions options) : Layer(make_layer<DotImpl>(DotFields{axes, std::move(options)})) {}

Dot Dot::from_config(const Config& config) {
  auto given = read_fields<DotFields>(config, "Dot");
  return Dot(given.axes, std::move(given.options));
}

}  // namespace xtape::layers
