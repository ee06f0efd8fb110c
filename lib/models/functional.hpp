#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/layers/handle.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>

#include "layers/call_types.hpp"
#include "models/graph.hpp"

namespace xtape::models {

// The symbols by these names; by position if there are none.
Symbols with_names(const std::vector<std::string>& names, const std::vector<Symbol>& symbols);

// Where the inputs and outputs of a model are listed, Keras counts the calls of a Functional in it from 1, for its own
// graph is the first. In the arguments of calls it counts them from 0, as those of other layers everywhere.
int64_t first_listed_call(const layers::LayerImpl& layer);

class FunctionalImpl : public ModelImpl, public layers::TellsOutputTypes {
 public:
  FunctionalImpl(const Symbols& inputs, const Symbols& outputs, ModelOptions options);

  void fields(Fields& f) override;
  // Operations on symbols are no layers.
  std::optional<std::string> place_of_part(std::size_t part) const override;
  // The layers were built as they were called on symbols.
  void build(const Shape&) override {}
  void build_all(const std::vector<Shape>&) override {}
  std::vector<Tensor> run(const layers::Arguments<Tensor>& arguments) override;
  Tensor run_one(const Tensor& x) override;

  Shape compute_output_shape(const Shape& input_shape) override;
  std::vector<Shape> compute_output_shapes(const layers::Arguments<Symbol>& arguments) override;

  std::vector<DType> output_dtypes(const layers::Arguments<Symbol>& arguments) override;

  bool has_graph() const override { return true; }
  std::vector<std::string> input_names() const override {
    return input_names_.empty() ? names_of(graph_.inputs()) : input_names_;
  }
  std::vector<std::string> output_names() const override {
    return output_names_.empty() ? names_of(graph_.outputs()) : output_names_;
  }
  // Inputs and outputs as the model was made with them.
  Symbols given_inputs() const { return with_names(input_names_, graph_.inputs()); }
  Symbols given_outputs() const { return with_names(output_names_, graph_.outputs()); }
  std::vector<Symbol> inputs() override { return graph_.inputs(); }
  std::vector<Symbol> outputs() override { return graph_.outputs(); }
  const Graph& graph() const { return graph_; }

 protected:
  void check_input(const Shape& shape) const override { check_inputs({shape}); }
  void check_inputs(const std::vector<Shape>& shapes) const override;

 private:
  // A call. Tensors are known by places in one list.
  struct Step {
    layers::LayerImpl* layer;
    const layers::SymbolicCall* node;
    std::vector<std::size_t> inputs;
    std::size_t first_output;
    // Whether the step behind it takes its one result, and nothing else, and nobody else takes it: both may be computed
    // in one pass.
    bool may_fuse = false;
    // Places that nobody needs any more.
    std::vector<std::size_t> done = {};
  };

  static std::vector<std::string> names_of(const std::vector<Symbol>& symbols);
  void plan();
  template <class T>
  static layers::Arguments<T> arguments_of(const Step& step, const std::vector<T>& values);
  void run_step(const Step& step, std::vector<Tensor>& values);
  std::vector<Tensor> compute(std::vector<Tensor> values);

  Graph graph_;
  // Empty where those of the layers count.
  std::vector<std::string> input_names_, output_names_;
  std::vector<Step> steps_;
  // The layers of a model of which each takes what the one before gave; empty for others.
  std::vector<layers::LayerImpl*> chain_;
  std::vector<std::size_t> input_places_;
  std::vector<std::size_t> output_places_;
  std::size_t places_ = 0;
};

}  // namespace xtape::models
