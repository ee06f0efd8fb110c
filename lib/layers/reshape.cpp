#include <algorithm>
#include <cstdint>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/reshape.hpp>

#include "layers/call_types.hpp"
#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct ReshapeFields {
  Shape target_shape = {};
  ReshapeOptions options = {};

  void fields(Fields& f) {
    f("target_shape", target_shape);
    options.fields(f);
  }
};

class ReshapeImpl : public LayerImpl, public KeepsIntegers {
 public:
  explicit ReshapeImpl(ReshapeFields given) : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    const Shape& target = given_.target_shape;
    const auto unknown = std::count(target.begin(), target.end(), int64_t{-1});
    const bool negative = std::any_of(target.begin(), target.end(), [](int64_t n) { return n < -1; });
    if (unknown > 1 || negative) {
      throw ValueError("Reshape: expected lengths of at least 0 and at most one -1, given " + target.str());
    }
  }

  // Keras has -1 here, and nothing where a shape is written else.
  void fields(Fields& f) override {
    std::vector<int64_t> target_shape(given_.target_shape.begin(), given_.target_shape.end());
    f("target_shape", target_shape);
    given_.options.fields(f);
  }

  Tensor call(const Tensor& x) { return x.reshape(compute_output_shape(x.shape())); }

  Shape compute_output_shape(const Shape& input_shape) override {
    if (input_shape.rank() == 0) throw ShapeError("expected inputs [batch, ...], given " + input_shape.str());
    const Shape sample(input_shape.begin() + 1, input_shape.end());
    Shape known_lengths = given_.target_shape;
    std::replace(known_lengths.begin(), known_lengths.end(), int64_t{-1}, int64_t{1});
    const bool known_input = std::find(sample.begin(), sample.end(), -1) == sample.end();
    const int64_t elements = known_input ? sample.numel() : -1, known = known_lengths.numel();
    Shape shape = given_.target_shape;
    shape.insert(0, input_shape[0]);
    const auto unknown = std::find(shape.begin() + 1, shape.end(), -1);
    const bool fits = unknown == shape.end() ? elements == known : known > 0 && elements % known == 0;
    if (known_input && !fits) {
      throw ShapeError("cannot reshape samples of " + std::to_string(elements) + " elements " + input_shape.str() +
                       " to " + given_.target_shape.str());
    }
    if (known_input && unknown != shape.end()) *unknown = elements / known;
    return shape;
  }

 private:
  ReshapeFields given_;
};

}  // namespace

void ReshapeOptions::fields(Fields& f) { layer_fields(f, *this); }

Reshape::Reshape(Shape target_shape, ReshapeOptions options)
    : Layer(make_layer<ReshapeImpl>(ReshapeFields{std::move(target_shape), std::move(options)})) {}

Reshape Reshape::from_config(const Config& config) {
  auto given = read_fields<ReshapeFields>(config, "Reshape");
  return Reshape(std::move(given.target_shape), std::move(given.options));
}

}  // namespace xtape::layers
