#include <xtape/error.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/models/sequential.hpp>

namespace xtape::models {

Sequential::Sequential(std::initializer_list<Element> layers, std::string name) : Model(std::move(name)) {
  for (const Element& element : layers) add(element);
}

void Sequential::add(const Element& element) {
  const std::shared_ptr<layers::Layer>& layer = element.layer();
  if (!layer) throw ValueError("add: the layer must not be null", name());
  const bool first = layers().empty() && !built();
  const bool input_layer = dynamic_cast<const layers::InputLayer*>(layer.get()) != nullptr;
  if (input_layer && !first) throw ValueError("add: an InputLayer must come first", name());
  if (first && !layer->input_shape().empty()) {
    Shape input_shape = layer->input_shape();
    input_shape.insert(0, -1);
    ensure_built(input_shape);
  }
  if (input_layer) return;
  check_name(*layer);
  if (built()) layer->connect(compute_output_shape(build_shape()));
  add_layer(layer);
}

void Sequential::pop() {
  if (layers().empty()) throw ValueError("pop: there is no layer", name());
  remove_last_layer();
}

void Sequential::build(const Shape& input_shape) {
  Shape shape = input_shape;
  for (const auto& layer : layers()) shape = layer->connect(shape);
}

Tensor Sequential::call(const Tensor& x, bool training) {
  Tensor result = x;
  const auto& all = layers();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i + 1 < all.size() && all[i]->fuses(*all[i + 1])) {
      result = all[i]->apply_fused(*all[i + 1], result, training);
      ++i;
    } else {
      result = (*all[i])(result, training);
    }
  }
  return result;
}

Shape Sequential::compute_output_shape(const Shape& input_shape) {
  Shape shape = input_shape;
  for (const auto& layer : layers()) shape = layer->compute_output_shape(shape);
  return shape;
}

void Sequential::check_input(const Shape& shape) const {
  if (shape.rank() != build_shape().rank()) {
    throw ShapeError("built for inputs of " + std::to_string(build_shape().rank()) + " dimensions " +
                     build_shape().str() + ", given " + shape.str());
  }
}

}  // namespace xtape::models
