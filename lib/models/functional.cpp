#include "models/functional.hpp"

#include <algorithm>
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

// What a call names `mask` are the masks of its inputs, in their order.
void hang_masks(layers::Arguments<Tensor>& arguments) {
  const std::vector<Tensor> masks = arguments.keyword("mask");
  if (masks.size() > arguments.inputs.size()) {
    throw ValueError("mask: expected one for each of " + std::to_string(arguments.inputs.size()) + " inputs, given " +
                     std::to_string(masks.size()));
  }
  for (std::size_t i = 0; i < masks.size(); ++i) {
    if (masks[i].defined()) arguments.inputs[i] = with_mask(arguments.inputs[i], masks[i].astype(bool_));
  }
  std::erase_if(arguments.keywords, [](const auto& keyword) { return keyword.name == "mask"; });
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
  std::vector<std::pair<std::string, Symbol>> named;
  for (std::size_t i = 0; i < outputs.names().size(); ++i) named.emplace_back(outputs.names()[i], outputs.all()[i]);
  if (named.empty()) return outputs.all();
  std::stable_sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Symbol> result;
  for (const auto& [name, symbol] : named) result.push_back(symbol);
  return result;
}

std::vector<Shape> shapes_of(const std::vector<Symbol>& symbols) {
  std::vector<Shape> shapes;
  for (const Symbol& symbol : symbols) shapes.push_back(symbol.shape());
  return shapes;
}

}  // namespace

Symbols with_names(const std::vector<std::string>& names, const std::vector<Symbol>& symbols) {
  if (names.empty()) return symbols;
  std::vector<detail::Named<Symbol>> named;
  for (std::size_t i = 0; i < names.size(); ++i) named.push_back({names[i], symbols[i]});
  return named;
}

int64_t first_listed_call(const LayerImpl& layer) { return dynamic_cast<const FunctionalImpl*>(&layer) ? 1 : 0; }

FunctionalImpl::FunctionalImpl(const Symbols& inputs, const Symbols& outputs, ModelOptions options)
    : ModelImpl({.name = options.name, .trainable = options.trainable}),
      graph_(inputs.all(), outputs.all(), in_order_of_names(outputs), path_of(options)),
      input_names_(inputs.names()),
      output_names_(outputs.names()) {
  check_names_differ("input", input_names_, path_of(options));
  check_names_differ("output", output_names_, path_of(options));
  for (LayerImpl* layer : graph_.layers()) add_part(*layer);
  plan();
  has_one_output_ = output_places_.size() == 1;
  if (!options.trainable) set_trainable(false);
}

std::vector<std::string> FunctionalImpl::names_of(const std::vector<Symbol>& symbols) {
  std::vector<std::string> names;
  for (const Symbol& symbol : symbols) names.push_back(symbol.name());
  return names;
}

void FunctionalImpl::plan() {
  std::unordered_map<const SymbolicCall*, std::size_t> first_place;
  for (const SymbolicCall* node : graph_.nodes()) {
    first_place[node] = places_;
    places_ += node->output_shapes().size();
  }
  const auto place_of = [&](const Symbol& symbol) { return first_place.at(&symbol.node()) + symbol.index(); };
  const auto places_of = [&](const std::vector<Symbol>& symbols) {
    std::vector<std::size_t> places;
    for (const Symbol& symbol : symbols) places.push_back(place_of(symbol));
    return places;
  };
  input_places_ = places_of(graph_.inputs());
  output_places_ = places_of(graph_.outputs());

  std::vector<std::size_t> uses(places_, 0), last_use(places_, 0);
  for (const std::size_t place : output_places_) uses[place] += 2;  // they are never done
  for (const SymbolicCall* node : graph_.nodes()) {
    if (layers::InputLayer::is(node->layer())) continue;
    steps_.push_back({&node->layer(), node, places_of(node->all_inputs()), first_place.at(node)});
    for (const std::size_t place : steps_.back().inputs) {
      ++uses[place];
      last_use[place] = steps_.size() - 1;
    }
  }
  const auto plain = [](const Step& step) {
    return step.inputs.size() == 1 && step.node->output_shapes().size() == 1 &&
           step.node->arguments().settings.empty() && !step.node->arguments().training;
  };
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto is_output = [&](std::size_t place) {
      return std::find(output_places_.begin(), output_places_.end(), place) != output_places_.end();
    };
    for (const std::size_t place : steps_[i].inputs) {
      if (last_use[place] == i && !is_output(place)) steps_[i].done.push_back(place);
    }
    if (i == 0) continue;
    Step& before = steps_[i - 1];
    before.may_fuse = plain(before) && plain(steps_[i]) && steps_[i].inputs[0] == before.first_output &&
                      uses[before.first_output] == 1;
  }
  const bool is_chain = input_places_.size() == 1 && output_places_.size() == 1 && !steps_.empty() &&
                        output_places_[0] == steps_.back().first_output && plain(steps_[0]) &&
                        steps_[0].inputs[0] == input_places_[0] &&
                        std::all_of(steps_.begin(), steps_.end() - 1, [](const Step& step) { return step.may_fuse; });
  if (!is_chain) return;
  for (const Step& step : steps_) chain_.push_back(step.layer);
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
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    if (step.may_fuse && step.layer->fuses(*steps_[i + 1].layer)) {
      const Step& next = steps_[++i];
      values[next.first_output] = step.layer->apply_fused(*next.layer, values[step.inputs[0]]);
    } else {
      run_step(step, values);
    }
    for (const std::size_t place : step.done) values[place] = Tensor();
    if (&step != &steps_[i]) {
      for (const std::size_t place : steps_[i].done) values[place] = Tensor();
    }
  }
  return values;
}

std::vector<Tensor> FunctionalImpl::run(const layers::Arguments<Tensor>& arguments) {
  std::vector<Tensor> values(places_);
  for (std::size_t i = 0; i < input_places_.size(); ++i) {
    const Symbol& input = graph_.inputs()[i];
    values[input_places_[i]] = as_input(arguments.inputs[i], input.shape(), input.dtype());
  }
  values = compute(std::move(values));
  std::vector<Tensor> results;
  for (const std::size_t place : output_places_) results.push_back(values[place]);
  return results;
}

Tensor FunctionalImpl::run_one(const Tensor& x) {
  if (output_places_.size() != 1) return LayerImpl::run_one(x);
  const Symbol& input = graph_.inputs().front();
  if (!chain_.empty()) return run_chain(chain_, as_input(x, input.shape(), input.dtype()));
  std::vector<Tensor> values(places_);
  values[input_places_[0]] = as_input(x, input.shape(), input.dtype());
  return std::move(compute(std::move(values))[output_places_[0]]);
}

Shape FunctionalImpl::compute_output_shape(const Shape& input_shape) {
  const Symbol input = SymbolicCall::make(graph_.inputs().front().node().layer(), {}, {input_shape})->outputs().front();
  const std::vector<Shape> shapes = compute_output_shapes({.inputs = {input}});
  return shapes.size() == 1 ? shapes.front() : LayerImpl::compute_output_shape(input_shape);
}

std::vector<Shape> FunctionalImpl::compute_output_shapes(const layers::Arguments<Symbol>& arguments) {
  const auto same_shape = [](const Symbol& a, const Symbol& b) { return a.shape() == b.shape(); };
  const std::vector<Symbol>&own = graph_.inputs(), &other = arguments.inputs;
  if (std::equal(own.begin(), own.end(), other.begin(), other.end(), same_shape)) return shapes_of(graph_.outputs());
  check_inputs(shapes_of(other));
  // The calls again, for those shapes.
  std::vector<Symbol> symbols(places_);
  for (std::size_t i = 0; i < input_places_.size(); ++i) {
    const Symbol &input = own[i], &given = other[i];
    const Shape shape = as_input(given.shape(), input.shape());
    const bool fits = shape == given.shape() && given.dtype() == input.dtype();
    symbols[input_places_[i]] = fits ? given : SymbolicCall::make(input.node().layer(), {}, {shape})->outputs().front();
  }
  for (const Step& step : steps_) {
    layers::Arguments<Symbol> given = arguments_of(step, symbols);
    const std::vector<Shape> shapes = step.layer->output_shapes(given);
    const std::vector<Symbol> outputs =
        SymbolicCall::make(*step.layer, std::move(given), shapes, step.node->output_dtypes())->outputs();
    std::copy(outputs.begin(), outputs.end(), symbols.begin() + static_cast<std::ptrdiff_t>(step.first_output));
  }
  std::vector<Symbol> outputs;
  for (const std::size_t place : output_places_) outputs.push_back(symbols[place]);
  return shapes_of(outputs);
}

std::vector<DType> FunctionalImpl::output_dtypes(const layers::Arguments<Symbol>&) {
  // Inputs are converted to the types of the model's own.
  std::vector<DType> dtypes;
  for (const Symbol& output : graph_.outputs()) dtypes.push_back(output.dtype());
  return dtypes;
}

void FunctionalImpl::check_inputs(const std::vector<Shape>& shapes) const {
  const std::vector<Symbol>& inputs = graph_.inputs();
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
  build(inputs.all().front().shape());
}

}  // namespace xtape::models
