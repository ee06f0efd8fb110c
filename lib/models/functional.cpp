#include "models/functional.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/mask.hpp>

#include "models/as_input.hpp"
#include "models/chain.hpp"

namespace xtape::models {

using layers::LayerImpl;
using layers::SymbolicCall;

namespace {

// What a call names `mask` are the masks of its inputs, in their order. Beside an initial state, where a mask counts if
// it is given, the layer is told that it is.
void hang_masks(layers::Arguments<Tensor>& arguments) {
  const std::vector<Tensor> masks = arguments.keyword("mask");
  if (masks.size() > arguments.inputs.size()) {
    throw ValueError("mask: expected one for each of " + std::to_string(arguments.inputs.size()) + " inputs, given " +
                     std::to_string(masks.size()));
  }
  for (std::size_t i = 0; i < masks.size(); ++i) {
    if (masks[i].defined()) arguments.inputs[i] = with_mask(arguments.inputs[i], masks[i].astype(bool_));
  }
  if (!arguments.keyword("initial_state").empty()) return;
  std::erase_if(arguments.keywords, [](const auto& keyword) { return keyword.name == "mask"; });
}

// The places of so many names in their order; as they are where nothing is named.
std::vector<std::size_t> order_of(const std::vector<std::string>& names, std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (names.size() != count) return order;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return names[a] < names[b]; });
  return order;
}

std::string path_of(const ModelOptions& options) { return options.name.empty() ? "functional" : options.name; }

void check_names_differ(const char* kind, const std::vector<std::string>& names, const std::string& model) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) throw ValueError(std::string("the name of an ") + kind + " is empty", model);
    if (std::find(names.begin() + static_cast<std::ptrdiff_t>(i) + 1, names.end(), names[i]) == names.end()) continue;
    throw ValueError(std::string("the ") + kind + " name \"" + names[i] + "\" is given twice", model);
  }
}

// Keras goes through a dict by its sorted keys, which decides the order of layers, and so of weights.
std::vector<Symbol> in_order_of_names(const Symbols& outputs) {
  std::vector<Symbol> result;
  for (const std::size_t place : order_of(outputs.names(), outputs.all().size())) {
    result.push_back(outputs.all()[place]);
  }
  return result;
}

std::vector<Shape> shapes_of(const std::vector<Symbol>& symbols) {
  std::vector<Shape> shapes;
  for (const Symbol& symbol : symbols) shapes.push_back(symbol.shape());
  return shapes;
}

std::vector<std::string> names_of(const std::vector<Symbol>& symbols) {
  std::vector<std::string> names;
  for (const Symbol& symbol : symbols) names.push_back(symbol.name());
  return names;
}

}  // namespace

Symbols with_names(const std::vector<std::string>& names, const std::vector<Symbol>& symbols) {
  if (names.empty()) return symbols;
  std::vector<detail::Named<Symbol>> named;
  for (std::size_t i = 0; i < names.size(); ++i) named.push_back({names[i], symbols[i]});
  return named;
}

std::vector<std::string> given_input_names(const LayerImpl& layer) {
  const auto* model = dynamic_cast<const FunctionalImpl*>(&layer);
  return model ? model->given_inputs().names() : std::vector<std::string>();
}

std::vector<std::size_t> listed_inputs(const LayerImpl& layer, std::size_t count) {
  return order_of(given_input_names(layer), count);
}

std::vector<std::size_t> listed_outputs(const LayerImpl& layer, std::size_t count) {
  const auto* model = dynamic_cast<const FunctionalImpl*>(&layer);
  return order_of(model ? model->given_outputs().names() : std::vector<std::string>(), count);
}

int64_t first_listed_call(const LayerImpl& layer) { return dynamic_cast<const FunctionalImpl*>(&layer) ? 1 : 0; }

// A call. Tensors are known by places in one list.
struct FunctionalImpl::Step {
  LayerImpl* layer;
  const SymbolicCall* node;
  std::vector<std::size_t> inputs;
  std::size_t first_output;
  // Whether the step behind it takes its one result, and nothing else, and nobody else takes it: both may be computed
  // in one pass.
  bool may_fuse = false;
  // Places that nobody needs any more.
  std::vector<std::size_t> done = {};
};

struct FunctionalImpl::Plan {
  Graph graph;
  // Empty where those of the layers count.
  std::vector<std::string> input_names, output_names;
  std::vector<Step> steps = {};
  // The layers of a model of which each takes what the one before gave; empty for others.
  std::vector<LayerImpl*> chain = {};
  std::vector<std::size_t> input_places = {};
  std::vector<std::size_t> output_places = {};
  std::size_t places = 0;
};

FunctionalImpl::FunctionalImpl(const Symbols& inputs, const Symbols& outputs, ModelOptions options)
    : ModelImpl({.name = options.name, .trainable = options.trainable}),
      plan_(std::make_unique<Plan>(
          Plan{Graph(inputs.all(), outputs.all(), order_of(inputs.names(), inputs.all().size()),
                     in_order_of_names(outputs), path_of(options)),
               inputs.names(), outputs.names()})) {
  check_names_differ("input", inputs.names(), path_of(options));
  check_names_differ("output", outputs.names(), path_of(options));
  for (LayerImpl* layer : graph().layers()) add_part(*layer);
  plan();
  has_one_output_ = plan_->output_places.size() == 1;
  if (!options.trainable) set_trainable(false);
}
FunctionalImpl::~FunctionalImpl() = default;

const Graph& FunctionalImpl::graph() const { return plan_->graph; }
std::vector<Symbol> FunctionalImpl::inputs() { return graph().inputs(); }
std::vector<Symbol> FunctionalImpl::outputs() { return graph().outputs(); }
std::vector<std::string> FunctionalImpl::input_names() const {
  return plan_->input_names.empty() ? names_of(graph().inputs()) : plan_->input_names;
}
std::vector<std::string> FunctionalImpl::output_names() const {
  return plan_->output_names.empty() ? names_of(graph().outputs()) : plan_->output_names;
}
Symbols FunctionalImpl::given_inputs() const { return with_names(plan_->input_names, graph().inputs()); }
Symbols FunctionalImpl::given_outputs() const { return with_names(plan_->output_names, graph().outputs()); }

void FunctionalImpl::plan() {
  const Graph& graph = plan_->graph;
  std::vector<Step>& steps = plan_->steps;
  std::vector<std::size_t>&input_places = plan_->input_places, &output_places = plan_->output_places;
  std::unordered_map<const SymbolicCall*, std::size_t> first_place;
  for (const SymbolicCall* node : graph.nodes()) {
    first_place[node] = plan_->places;
    plan_->places += node->output_shapes().size();
  }
  const auto place_of = [&](const Symbol& symbol) { return first_place.at(&symbol.node()) + symbol.index(); };
  const auto places_of = [&](const std::vector<Symbol>& symbols) {
    std::vector<std::size_t> places;
    for (const Symbol& symbol : symbols) places.push_back(place_of(symbol));
    return places;
  };
  input_places = places_of(graph.inputs());
  output_places = places_of(graph.outputs());

  std::vector<std::size_t> uses(plan_->places, 0), last_use(plan_->places, 0);
  for (const std::size_t place : output_places) uses[place] += 2;  // they are never done
  for (const SymbolicCall* node : graph.order_of_running()) {
    if (layers::InputLayer::is(node->layer())) continue;
    steps.push_back({&node->layer(), node, places_of(node->all_inputs()), first_place.at(node)});
    for (const std::size_t place : steps.back().inputs) {
      ++uses[place];
      last_use[place] = steps.size() - 1;
    }
  }
  const auto plain = [](const Step& step) {
    return step.inputs.size() == 1 && step.node->output_shapes().size() == 1 &&
           step.node->arguments().settings.empty() && !step.node->arguments().training;
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto is_output = [&](std::size_t place) {
      return std::find(output_places.begin(), output_places.end(), place) != output_places.end();
    };
    for (const std::size_t place : steps[i].inputs) {
      if (last_use[place] == i && !is_output(place)) steps[i].done.push_back(place);
    }
    if (i == 0) continue;
    Step& before = steps[i - 1];
    before.may_fuse =
        plain(before) && plain(steps[i]) && steps[i].inputs[0] == before.first_output && uses[before.first_output] == 1;
  }
  const bool is_chain = input_places.size() == 1 && output_places.size() == 1 && !steps.empty() &&
                        output_places[0] == steps.back().first_output && plain(steps[0]) &&
                        steps[0].inputs[0] == input_places[0] &&
                        std::all_of(steps.begin(), steps.end() - 1, [](const Step& step) { return step.may_fuse; });
  if (!is_chain) return;
  for (const Step& step : steps) plan_->chain.push_back(step.layer);
}

// What a call is given, of all values by their places.
template <class T>
layers::Arguments<T> FunctionalImpl::arguments_of(const Step& step, const std::vector<T>& values) {
  const layers::Arguments<Symbol>& given = step.node->arguments();
  std::size_t next = 0;
  const auto take = [&](const std::vector<Symbol>& symbols) {
    std::vector<T> taken;
    for (const Symbol& symbol : symbols) taken.push_back(symbol.defined() ? values[step.inputs[next++]] : T());
    return taken;
  };
  layers::Arguments<T> arguments{.inputs = take(given.inputs)};
  for (const auto& keyword : given.keywords) arguments.keywords.push_back({keyword.name, take(keyword.value)});
  arguments.settings = given.settings;
  arguments.training = given.training;
  return arguments;
}

void FunctionalImpl::run_step(const Step& step, std::vector<Tensor>& values) {
  const layers::Arguments<Symbol>& given = step.node->arguments();
  const std::size_t outputs = step.node->output_shapes().size();
  if (step.inputs.size() == 1 && outputs == 1 && given.settings.empty()) {
    const Tensor& x = values[step.inputs[0]];
    values[step.first_output] = given.training ? step.layer->apply(x, given.training) : step.layer->apply_part(x);
    return;
  }
  layers::Arguments<Tensor> arguments = arguments_of(step, values);
  hang_masks(arguments);
  std::vector<Tensor> results = step.layer->apply_all(arguments);
  if (results.size() != outputs) {
    throw ValueError(
        "returns " + std::to_string(results.size()) + " tensors, and returned " + std::to_string(outputs) + " symbols",
        step.layer->name());
  }
  std::move(results.begin(), results.end(), values.begin() + static_cast<std::ptrdiff_t>(step.first_output));
}

std::vector<Tensor> FunctionalImpl::compute(std::vector<Tensor> values) {
  for (std::size_t i = 0; i < plan_->steps.size(); ++i) {
    const Step& step = plan_->steps[i];
    if (step.may_fuse && step.layer->fuses(*plan_->steps[i + 1].layer)) {
      const Step& next = plan_->steps[++i];
      values[next.first_output] = step.layer->apply_fused(*next.layer, values[step.inputs[0]]);
    } else {
      run_step(step, values);
    }
    for (const std::size_t place : step.done) values[place] = Tensor();
    if (&step != &plan_->steps[i]) {
      for (const std::size_t place : plan_->steps[i].done) values[place] = Tensor();
    }
  }
  return values;
}

std::vector<Tensor> FunctionalImpl::run(const layers::Arguments<Tensor>& arguments) {
  std::vector<Tensor> values(plan_->places);
  for (std::size_t i = 0; i < plan_->input_places.size(); ++i) {
    const Symbol& input = graph().inputs()[i];
    values[plan_->input_places[i]] = as_input(arguments.inputs[i], input.shape(), input.dtype());
  }
  values = compute(std::move(values));
  std::vector<Tensor> results;
  for (const std::size_t place : plan_->output_places) results.push_back(values[place]);
  return results;
}

Tensor FunctionalImpl::run_one(const Tensor& x) {
  if (plan_->output_places.size() != 1) return LayerImpl::run_one(x);
  const Symbol& input = graph().inputs().front();
  if (!plan_->chain.empty()) return run_chain(plan_->chain, as_input(x, input.shape(), input.dtype()));
  std::vector<Tensor> values(plan_->places);
  values[plan_->input_places[0]] = as_input(x, input.shape(), input.dtype());
  return std::move(compute(std::move(values))[plan_->output_places[0]]);
}

Shape FunctionalImpl::compute_output_shape(const Shape& input_shape) {
  const Symbol input =
      SymbolicCall::make(graph().inputs().front().node().layer(), {}, {input_shape})->outputs().front();
  const std::vector<Shape> shapes = compute_output_shapes({.inputs = {input}});
  return shapes.size() == 1 ? shapes.front() : LayerImpl::compute_output_shape(input_shape);
}

std::vector<Shape> FunctionalImpl::compute_output_shapes(const layers::Arguments<Symbol>& arguments) {
  const auto same_shape = [](const Symbol& a, const Symbol& b) { return a.shape() == b.shape(); };
  const std::vector<Symbol>&own = graph().inputs(), &other = arguments.inputs;
  if (std::equal(own.begin(), own.end(), other.begin(), other.end(), same_shape)) return shapes_of(graph().outputs());
  check_inputs(shapes_of(other));
  // The calls again, for those shapes.
  std::vector<Symbol> symbols(plan_->places);
  for (std::size_t i = 0; i < plan_->input_places.size(); ++i) {
    const Symbol &input = own[i], &given = other[i];
    const Shape shape = as_input(given.shape(), input.shape());
    const bool fits = shape == given.shape() && given.dtype() == input.dtype();
    symbols[plan_->input_places[i]] =
        fits ? given : SymbolicCall::make(input.node().layer(), {}, {shape})->outputs().front();
  }
  for (const Step& step : plan_->steps) {
    layers::Arguments<Symbol> given = arguments_of(step, symbols);
    const std::vector<Shape> shapes = step.layer->output_shapes(given);
    const std::vector<Symbol> outputs =
        SymbolicCall::make(*step.layer, std::move(given), shapes, step.node->output_dtypes())->outputs();
    std::copy(outputs.begin(), outputs.end(), symbols.begin() + static_cast<std::ptrdiff_t>(step.first_output));
  }
  std::vector<Symbol> outputs;
  for (const std::size_t place : plan_->output_places) outputs.push_back(symbols[place]);
  return shapes_of(outputs);
}

std::vector<DType> FunctionalImpl::output_dtypes(const layers::Arguments<Symbol>&) {
  // Inputs are converted to the types of the model's own.
  std::vector<DType> dtypes;
  for (const Symbol& output : graph().outputs()) dtypes.push_back(output.dtype());
  return dtypes;
}

void FunctionalImpl::check_inputs(const std::vector<Shape>& shapes) const {
  const std::vector<Symbol>& inputs = graph().inputs();
  if (shapes.size() != inputs.size()) {
    std::string names;
    for (const std::string& name : input_names()) names += (names.empty() ? "" : ", ") + name;
    throw ValueError("expected " + std::to_string(inputs.size()) + (inputs.size() == 1 ? " tensor (" : " tensors (") +
                     names + "), given " + std::to_string(shapes.size()));
  }
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Shape &expected = inputs[i].shape(), given = as_input(shapes[i], expected);
    bool fits = given.rank() == expected.rank();
    for (int axis = 0; fits && axis < expected.rank(); ++axis) {
      fits = expected[axis] == -1 || given[axis] == -1 || given[axis] == expected[axis];
    }
    if (fits) continue;
    throw ShapeError("the input \"" + input_names()[i] + "\" has the shape " + expected.str() + ", given " +
                     shapes[i].str());
  }
}

Model::Model(const Symbols& inputs, const Symbols& outputs, ModelOptions options)
    : Layer(layers::make_layer<FunctionalImpl>(inputs, outputs, std::move(options))) {
  // A mistake where it is written; files of Keras have them.
  const auto& model = static_cast<const FunctionalImpl&>(Layer::impl());
  if (model.graph().unused_inputs().empty()) return;
  throw ValueError("the input \"" + model.graph().unused_inputs().front().name() + "\" leads to no output", model.name());
}

}  // namespace xtape::models
