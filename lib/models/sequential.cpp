#include <algorithm>
#include <optional>
#include <string>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/models/sequential.hpp>

#include "layers/call_types.hpp"
#include "layers/lone_output.hpp"
#include "models/as_input.hpp"
#include "models/chain.hpp"
#include "models/config_limits.hpp"
#include "models/sequential_input.hpp"

namespace xtape::models {
namespace {

using layers::LayerImpl;

// The shape of the batches that a first layer says it takes; empty if it does not.
Shape known_input(const LayerImpl& layer) {
  if (const auto* model = dynamic_cast<const ModelImpl*>(&layer); model && model->has_graph()) {
    return layer.build_shape();
  }
  Shape shape = layer.input_shape();
  if (!shape.empty()) shape.insert(0, -1);
  return shape;
}

class SequentialImpl : public ModelImpl, public layers::TellsOutputTypes {
 public:
  explicit SequentialImpl(SequentialOptions options)
      : ModelImpl({.name = std::move(options.name), .trainable = options.trainable}) {}

  void fields(Fields& f) override {
    // What could not be read again is not written.
    check_count_in_config("Sequential", "layers", parts().size() + (built() ? 1 : 0));
    check_calls(*this);
    Config::List list;
    if (built()) list.push_back(serialize(input_layer()));
    for (const auto& part : parts()) list.push_back(layers::with_lone_output(serialize(layers::Layer(part))));
    Config layers(std::move(list));
    f("layers", layers);
  }

  std::optional<std::string> place_of_part(std::size_t) const override { return "layers/"; }

  void add(LayerImpl& layer) {
    const bool first = parts().empty() && !built();
    const bool input_layer = layers::InputLayer::is(layer);
    if (input_layer && !first) throw ValueError("add: an InputLayer must come first", name());
    if (input_layer) input_options_ = options_of_input(layer);
    if (first) {
      if (const Shape input_shape = known_input(layer); !input_shape.empty()) ensure_built(input_shape);
    }
    if (input_layer) return;
    check_part(layer);
    Shape result = result_shape_;
    if (built()) with_path([&] { result = connect_one(layer, result_shape_); });
    add_part(layer);
    result_shape_ = std::move(result);
  }

  void pop() {
    if (parts().empty()) throw ValueError("pop: there is no layer", name());
    remove_last_part();
    if (built()) result_shape_ = compute_output_shape(build_shape());
    if (graph_.size() > parts().size() + 1) graph_.resize(parts().size() + 1);
  }

  void build(const Shape& input_shape) override {
    Shape shape = input_shape;
    for (const auto& layer : parts()) shape = connect_one(*layer, shape);
    result_shape_ = std::move(shape);
  }

  Tensor call(const Tensor& x) {
    // A forgotten add would pass in silence, and give the inputs back.
    if (parts().empty() && !input_options_) throw ValueError("called without layers; add some first");
    // Without an InputLayer, inputs of the first layer stay of their type: they may be large indices.
    return run_chain(parts(), as_input(x, build_shape(), input_dtype(x.dtype())));
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    Shape shape = built() ? as_input(input_shape, build_shape()) : input_shape;
    for (const auto& layer : parts()) shape = layer->compute_output_shape(shape);
    return shape;
  }

  std::vector<DType> output_dtypes(const layers::Arguments<Symbol>& arguments) override {
    const Symbol& given = arguments.inputs.front();
    DType type = input_dtype(given.dtype());
    Shape shape = as_input(given.shape(), build_shape());
    const layers::InputLayer input({1}, {.name = "input"});
    for (const auto& layer : parts()) {
      const auto call = layers::SymbolicCall::make(input.impl(), {}, {shape}, {type});
      type = layers::output_dtypes(*layer, {.inputs = call->outputs()}, 1).front();
      shape = layer->compute_output_shape(shape);
    }
    return {type};
  }

  bool has_graph() const override { return built() && may_be_input(build_shape()); }
  std::vector<std::string> input_names() const override {
    return {input_options_ ? input_options_->name : automatic_input_name};
  }
  std::vector<std::string> output_names() const override {
    return parts().empty() ? std::vector<std::string>() : std::vector<std::string>{parts().back()->name()};
  }
  const std::optional<layers::InputLayerOptions>& input_options() const { return input_options_; }
  std::vector<Symbol> inputs() override { return {graph().front()}; }
  std::vector<Symbol> outputs() override { return {graph().back()}; }

 protected:
  // The first layer is who sees the inputs as they are.
  void check_before_build(const std::vector<Shape>& input_shapes) override {
    if (!parts().empty()) parts().front()->check_if_unbuilt(input_shapes);
  }
  void check_input(const Shape& shape) const override {
    if (as_input(shape, build_shape()).rank() != build_shape().rank()) {
      throw ShapeError("built for inputs of " + std::to_string(build_shape().rank()) + " dimensions " +
                       build_shape().str() + ", given " + shape.str());
    }
  }

 private:
  // Whether an Input has that shape: none has no batch, or lengths of 0.
  static bool may_be_input(const Shape& shape) {
    return shape.rank() > 0 && std::find(shape.begin(), shape.end(), 0) == shape.end();
  }

  // What comes out of a layer that takes such inputs. @throws ValueError for several outputs, before a call would.
  static Shape connect_one(LayerImpl& layer, const Shape& shape) {
    // One that does not know its output's shape is called, and of several outputs that call takes none.
    if (!layer.knows_output_shape() || !may_be_input(shape)) return layer.connect(shape);
    const layers::InputLayer input(input_of(shape), {.name = "input"});
    const auto call = layers::SymbolicCall::make(input.impl(), {}, {shape});
    const std::vector<Shape> shapes = layer.connect({.inputs = call->outputs()});
    if (shapes.size() == 1) return shapes.front();
    throw ValueError("returns " + std::to_string(shapes.size()) +
                         " tensors, of which Sequential passes on one; call it in a functional model, which takes all",
                     layer.name());
  }

  // The input, and what each layer makes of it; made where it is asked for, and kept while layers are added.
  const std::vector<Symbol>& graph() {
    if (!built()) throw ValueError("the input is not known: build the model, or call it, first", name());
    if (!has_graph())
      throw ValueError("no Input has the shape that the model is built for, " + build_shape().str(), name());
    if (graph_.empty())
      graph_.push_back(layers::Input(input_of(build_shape()), input_options_.value_or(layers::InputLayerOptions())));
    while (graph_.size() <= parts().size()) {
      graph_.push_back(parts()[graph_.size() - 1]->apply_symbols({.inputs = {graph_.back()}}).front());
    }
    return graph_;
  }

  layers::InputLayer input_layer() const {
    layers::InputLayerOptions options;
    options.name = automatic_input_name;
    return layers::InputLayer(input_of(build_shape()), input_options_.value_or(std::move(options)));
  }

  // A name that the layer got by itself counts inputs, of which there is one here.
  static layers::InputLayerOptions options_of_input(const LayerImpl& layer) {
    layers::InputLayerOptions options;
    options.dtype = layer.dtype();
    options.name = detail::number_in_name(layer.name(), automatic_input_name) ? automatic_input_name : layer.name();
    options.batch_size = layers::InputLayer::batch_size(layer);
    return options;
  }

  DType input_dtype(DType given) const { return input_options_ ? input_options_->dtype : given; }

  static constexpr const char* automatic_input_name = "input_layer";
  std::vector<Symbol> graph_;
  // That of what the last layer returns, once built.
  Shape result_shape_;
  // Those of the InputLayer, where there was one.
  std::optional<layers::InputLayerOptions> input_options_;

  static Shape input_of(const Shape& build_shape) { return Shape(build_shape.begin() + 1, build_shape.end()); }
};

SequentialImpl& impl_of(const Sequential& model) { return layers::implementation_of<SequentialImpl>(model); }

}  // namespace

std::optional<layers::InputLayerOptions> given_input(const ModelImpl& model) {
  const auto* const sequential = dynamic_cast<const SequentialImpl*>(&model);
  return sequential ? sequential->input_options() : std::nullopt;
}

Sequential::Sequential(SequentialOptions options) : Model(layers::make_layer<SequentialImpl>(std::move(options))) {}

Sequential::Sequential(std::initializer_list<layers::Layer> layers, SequentialOptions options)
    : Sequential(std::move(options)) {
  for (const layers::Layer& layer : layers) add(layer);
  if (!trainable()) set_trainable(false);
}

Sequential::Sequential(const std::vector<layers::Layer>& layers, SequentialOptions options)
    : Sequential(std::move(options)) {
  for (const layers::Layer& layer : layers) add(layer);
  if (!trainable()) set_trainable(false);
}

void Sequential::add(const layers::Layer& layer) const { impl_of(*this).add(layer.impl()); }
void Sequential::pop() const { impl_of(*this).pop(); }

}  // namespace xtape::models
