#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <xtape/models/model.hpp>

namespace xtape::models {

/// Layers one after the other:
/// ```
/// Sequential model{layers::InputLayer({784}), layers::Dense(64, {.activation = "relu"}), layers::Dense(10)};
/// ```
/// If the first layer names its `input_shape`, or is an InputLayer, layers are built as they are added; else
/// by the first batch.
class XTAPE_API Sequential : public Model {
 public:
  /// Any layer, or a shared_ptr to one, as an element of a list.
  class Element {
   public:
    template <std::derived_from<layers::Layer> Part>
    Element(Part layer) : layer_(std::make_shared<Part>(std::move(layer))) {}
    template <std::derived_from<layers::Layer> Part>
    Element(std::shared_ptr<Part> layer) : layer_(std::move(layer)) {}
    const std::shared_ptr<layers::Layer>& layer() const { return layer_; }

   private:
    std::shared_ptr<layers::Layer> layer_;
  };

  explicit Sequential(std::string name = {}) : Model(std::move(name)) {}
  /// @throws as add.
  Sequential(std::initializer_list<Element> layers, std::string name = {});

  /// Adds a layer at the end. @throws ShapeError if it does not fit the output before it, ValueError for null, an
  /// InputLayer that is not the first or a name that another layer has; the model stays as it was.
  void add(const Element& element);
  /// Removes the last layer. @throws ValueError if there is none.
  void pop();

  void build(const Shape& input_shape) override;
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 protected:
  void check_input(const Shape& shape) const override;
};

}  // namespace xtape::models

namespace xtape {
using models::Sequential;
}
