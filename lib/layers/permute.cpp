#include <algorithm>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/permute.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/call_types.hpp"
#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct PermuteFields {
  std::vector<int> dims = {};
  PermuteOptions options = {};

  void fields(Fields& f) {
    f("dims", dims);
    options.fields(f);
  }
};

class PermuteImpl : public LayerImpl, public KeepsIntegers {
 public:
  explicit PermuteImpl(PermuteFields given)
      : LayerImpl(layer_options(given.options)), given_(std::move(given)), axes_(given_.dims) {
    axes_.insert(axes_.begin(), 0);
    std::vector<int> sorted = axes_;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (sorted[i] == static_cast<int>(i)) continue;
      throw ValueError("Permute: dims must be the numbers from 1 to " + std::to_string(given_.dims.size()) +
                       " in some order, given " + dims_text());
    }
  }

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensor& x) {
    check_rank(x.shape());
    return permute(x, axes_);
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    check_rank(input_shape);
    Shape shape = input_shape;
    for (std::size_t i = 0; i < axes_.size(); ++i) shape[i] = input_shape[axes_[i]];
    return shape;
  }

 private:
  std::string dims_text() const { return Shape(given_.dims.begin(), given_.dims.end()).str(); }
  void check_rank(const Shape& shape) const {
    if (shape.size() == axes_.size()) return;
    throw ShapeError("expected rank " + std::to_string(axes_.size()) + " (batch and dims " + dims_text() + "), got " +
                     shape.str());
  }

  PermuteFields given_;
  // With that of the batch.
  std::vector<int> axes_;
};

}  // namespace

void PermuteOptions::fields(Fields& f) { layer_fields(f, *this); }

Permute::Permute(std::vector<int> dims, PermuteOptions options)
    : Layer(make_layer<PermuteImpl>(PermuteFields{std::move(dims), std::move(options)})) {}

Permute Permute::from_config(const Config& config) {
  auto given = read_fields<PermuteFields>(config, "Permute");
  return Permute(std::move(given.dims), std::move(given.options));
}

}  // namespace xtape::layers
