#include <algorithm>
#include <string>
#include <utility>
#include <vector>
#include <xtape/fields.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/symbolic_call.hpp>

#include "layers/operation.hpp"
#include "models/functional.hpp"

// How Keras writes the graph of a functional model.
namespace xtape::models {
namespace {

using layers::SymbolicCall;

Config history_of(const Graph& graph, const Symbol& symbol) {
  return Config::List{symbol.name(), static_cast<int64_t>(graph.call_of(symbol.node())),
                      static_cast<int64_t>(symbol.index())};
}

Config tensor_of(const Graph& graph, const Symbol& symbol) {
  Config config = Config::dict();
  config.set("shape", to_config(symbol.shape()));
  config.set("dtype", to_config(symbol.dtype()));
  config.set("keras_history", history_of(graph, symbol));
  Config tensor = Config::dict();
  tensor.set("class_name", "__keras_tensor__");
  tensor.set("config", std::move(config));
  return tensor;
}

Config::List tensors_of(const Graph& graph, const std::vector<Symbol>& symbols) {
  Config::List list;
  for (const Symbol& symbol : symbols) list.push_back(symbol.defined() ? tensor_of(graph, symbol) : Config());
  return list;
}

Config call_of(const Graph& graph, const SymbolicCall& node) {
  const layers::Arguments<Symbol>& given = node.arguments();
  Config::List args = tensors_of(graph, given.inputs);
  // Several tensors are one argument, a list, but where `call` takes one after the other.
  if (const auto* operation = dynamic_cast<const layers::OperationImpl*>(&node.layer())) {
    args = operation->call_arguments(std::move(args));
  } else if (given.inputs.size() > 1 && node.layer().class_name() != "MultiHeadAttention") {
    args = {Config(std::move(args))};
  }
  Config kwargs = Config::dict();
  for (const auto& keyword : given.keywords) {
    const Config::List all = tensors_of(graph, keyword.value);
    kwargs.set(keyword.name, all.size() == 1 ? all.front() : Config(all));
  }
  for (const auto& setting : given.settings) kwargs.set(setting.name, setting.value);
  if (given.training) kwargs.set("training", *given.training);
  Config call = Config::dict();
  call.set("args", Config(std::move(args)));
  call.set("kwargs", std::move(kwargs));
  return call;
}

// A list, or by name.
Config histories_of(const Graph& graph, const Symbols& symbols) {
  Config named = Config::dict();
  Config::List list;
  for (std::size_t i = 0; i < symbols.all().size(); ++i) {
    Config history = history_of(graph, symbols.all()[i]);
    if (symbols.names().empty()) {
      list.push_back(std::move(history));
    } else {
      named.set(symbols.names()[i], std::move(history));
    }
  }
  return symbols.names().empty() ? Config(std::move(list)) : named;
}

}  // namespace

void FunctionalImpl::fields(Fields& f) {
  Config::List list;
  for (const auto& part : parts()) {
    const auto* operation = dynamic_cast<const layers::OperationImpl*>(part.get());
    Config layer = operation ? operation->keras_config(false) : serialize(layers::Layer(part));
    layer.set("name", part->name());
    Config::List calls;
    for (const SymbolicCall* node : part->nodes()) {
      const auto& all = graph_.nodes();
      const bool in_graph = std::find(all.begin(), all.end(), node) != all.end();
      if (in_graph && !node->arguments().inputs.empty()) calls.push_back(call_of(graph_, *node));
    }
    layer.set("inbound_nodes", std::move(calls));
    list.push_back(std::move(layer));
  }
  Config layers(std::move(list)), input_layers = histories_of(graph_, given_inputs()),
                                  output_layers = histories_of(graph_, given_outputs());
  f("layers", layers)("input_layers", input_layers)("output_layers", output_layers);
}

}  // namespace xtape::models
