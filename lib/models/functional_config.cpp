#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/detail/written_layers.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/cell_impl.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/symbolic_call.hpp>

#include "layers/call_signature.hpp"
#include "layers/operation.hpp"
#include "models/config_limits.hpp"
#include "models/functional.hpp"

// How Keras writes the graph of a functional model.
namespace xtape::models {
namespace {

using layers::SymbolicCall;

const layers::OperationImpl* as_operation(const layers::LayerImpl& layer) {
  return dynamic_cast<const layers::OperationImpl*>(&layer);
}

// The calls are counted from `first` on.
Config history_of(const Graph& graph, const Symbol& symbol, int64_t first = 0) {
  const SymbolicCall& call = symbol.node();
  const std::vector<std::size_t> listed = listed_outputs(call.layer(), call.output_shapes().size());
  const auto place = std::find(listed.begin(), listed.end(), symbol.index()) - listed.begin();
  return Config::List{symbol.name(), first + static_cast<int64_t>(graph.call_of(call)), static_cast<int64_t>(place)};
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

// The states of stacked cells are a list for each cell.
Config states_of(const layers::LayerImpl& layer, const Config::List& states) {
  if (layer.class_name() != "StackedRNNCells") return states;
  Config::List result;
  auto next = states.begin();
  for (const auto& part : layer.parts()) {
    const auto count = static_cast<std::ptrdiff_t>(dynamic_cast<const layers::CellImpl&>(*part).state_size().size());
    result.push_back(Config::List(next, next + count));
    next += count;
  }
  return result;
}

// One argument after the other, and the last one a list of what is left, or what is left if that is one.
Config::List positional(const SymbolicCall& node, Config::List inputs) {
  const layers::LayerImpl& layer = node.layer();
  if (const auto* operation = as_operation(layer)) {
    return operation->call_arguments(std::move(inputs));
  }
  if (const std::vector<std::string> names = given_input_names(layer); !names.empty()) {
    Config named = Config::dict();
    for (std::size_t i = 0; i < inputs.size(); ++i) named.set(names.at(i), inputs[i]);
    return {std::move(named)};
  }
  const layers::CallSignature signature = layers::call_signature(layer);
  if (signature.arguments[0] == "query") {
    // xtape takes the query for the value where that is not given, Keras does not.
    if (inputs.size() == 1) inputs.push_back(inputs.front());
    return inputs;
  }
  const auto own = inputs.begin() + static_cast<std::ptrdiff_t>(std::min(signature.inputs - 1, inputs.size()));
  Config::List args(inputs.begin(), own), rest(own, inputs.end());
  const bool is_cell = signature.inputs > 1;
  if (rest.size() == 1 && !signature.ends_in_list) {
    args.push_back(rest.front());
  } else {
    args.push_back(is_cell ? states_of(layer, rest) : Config(rest));
  }
  return args;
}

// Keras's `mask` of attention is a list: that of the query, and that of the value.
Config attention_masks(const Graph& graph, const layers::Arguments<Symbol>& given) {
  Config::List masks = tensors_of(graph, given.keyword("mask"));
  masks.resize(std::max<std::size_t>(masks.size(), 2));
  const char* const names[] = {"query_mask", "value_mask"};
  for (std::size_t i = 0; i < 2; ++i) {
    if (const Symbol mask = given.keyword_tensor(names[i]); mask.defined()) masks[i] = tensor_of(graph, mask);
  }
  return masks;
}

bool asks_for_state(const SymbolicCall& node) { return node.arguments().flag("return_state"); }

// That a call returns the state is an option of the layer in Keras, and of the layers in it.
void set_returns_state(Config& layer) {
  Config config = layer.at("config");
  if (config.find("return_state")) config.set("return_state", true);
  for (const char* const name : {"layer", "backward_layer"}) {
    const Config* const inside = config.find(name);
    if (!inside || !inside->is_dict()) continue;
    Config changed = *inside;
    set_returns_state(changed);
    config.set(name, std::move(changed));
  }
  layer.set("config", std::move(config));
}

bool may_return_state(const layers::LayerImpl& layer) {
  // It is written elsewhere; here it is only looked at.
  const layers::WrittenLayers::Pause pause;
  return layer.get_config().find("return_state") != nullptr;
}

Config call_of(const Graph& graph, const SymbolicCall& node) {
  const layers::Arguments<Symbol>& given = node.arguments();
  Config kwargs = Config::dict();
  const bool masks_in_list =
      !layers::call_signature(node.layer()).takes("value_mask") &&
      (given.keyword_tensor("query_mask").defined() || given.keyword_tensor("value_mask").defined() ||
       (node.layer().class_name().ends_with("Attention") && !given.keyword("mask").empty()));
  if (masks_in_list) kwargs.set("mask", attention_masks(graph, given));
  for (const auto& keyword : given.keywords) {
    if (masks_in_list && keyword.name.ends_with("mask")) continue;
    const Config::List all = tensors_of(graph, keyword.value);
    kwargs.set(keyword.name, all.size() == 1 ? all.front() : Config(all));
  }
  for (const auto& setting : given.settings) {
    if (setting.name != "return_state") kwargs.set(setting.name, setting.value);
  }
  if (given.training) kwargs.set("training", *given.training);
  if (const auto* operation = as_operation(node.layer())) {
    for (const Config::Entry& keyword : operation->call_keywords()) kwargs.set(keyword.name, keyword.value);
  }
  Config call = Config::dict();
  call.set("args", Config(positional(node, tensors_of(graph, given.inputs))));
  call.set("kwargs", std::move(kwargs));
  return call;
}

// "sum" of "sum" and "sum_3".
std::string without_number(const std::string& name) {
  const std::string front = name.substr(0, name.rfind('_'));
  return detail::number_in_name(name, front) ? front : name;
}

// The classes of operations that are called as automatic names begin; an empty one where that is a layer, or one of
// several outputs, by whose names losses go.
std::map<std::string, std::set<std::string>> operations_by_name(const layers::LayerImpl& model,
                                                                const std::vector<Symbol>& outputs) {
  std::map<std::string, std::set<std::string>> result;
  for (const auto& part : model.parts()) {
    result[without_number(part->name())].insert(as_operation(*part) ? part->class_name() : "");
  }
  for (const Symbol& output : outputs) {
    if (outputs.size() > 1) result[without_number(output.node().layer().name())].insert("");
  }
  return result;
}

Config without_name(const Config& options) {
  Config::Entries others = options.entries();
  std::erase_if(others, [](const Config::Entry& option) { return option.name == "name"; });
  return Config(std::move(others));
}

// A list, or by name.
Config histories_of(const Graph& graph, const Symbols& symbols) {
  Config named = Config::dict();
  Config::List list;
  for (std::size_t i = 0; i < symbols.all().size(); ++i) {
    const Symbol& symbol = symbols.all()[i];
    Config history = history_of(graph, symbol, first_listed_call(symbol.node().layer()));
    if (symbols.names().empty()) {
      list.push_back(std::move(history));
    } else {
      named.set(symbols.names()[i], std::move(history));
    }
  }
  return symbols.names().empty() ? Config(std::move(list)) : named;
}

}  // namespace

std::optional<std::string> FunctionalImpl::place_of_part(std::size_t part) const {
  if (as_operation(*parts()[part])) return std::nullopt;
  return "layers/";
}

void FunctionalImpl::fields(Fields& f) {
  // What could not be read again is not written.
  check_count_in_config("Functional", "layers", parts().size());
  check_count_in_config("Functional", "inputs or outputs", std::max(inputs().size(), outputs().size()));
  check_calls(*this);
  Config::List list;
  const auto operations = operations_by_name(*this, given_outputs().all());
  for (const auto& part : parts()) {
    const auto* const operation = as_operation(*part);
    Config layer = operation ? operation->keras_config(false) : serialize(layers::Layer(part));
    // Keras up to 3.10 knows no name among options of an operation, and later releases count those that have none:
    // where nothing else may have such a name it is left out.
    const std::string kind = detail::to_snake_case(part->class_name());
    const bool is_counted = operation && without_number(part->name()) == kind && operations.at(kind).size() == 1;
    if (is_counted && layer.at("config").entries().size() > 1) layer.set("config", without_name(layer.at("config")));
    layer.set("name", part->name());
    Config::List calls;
    bool asks = false;
    for (const SymbolicCall* node : part->nodes()) {
      const auto& all = graph().nodes();
      const bool in_graph = std::find(all.begin(), all.end(), node) != all.end();
      if (!in_graph || node->arguments().inputs.empty()) continue;
      calls.push_back(call_of(graph(), *node));
      asks = asks || asks_for_state(*node);
    }
    if (asks) {
      set_returns_state(layer);
      layers::WrittenLayers::note_state(*part);
      for (const auto& inside : part->parts()) {
        if (may_return_state(*inside)) layers::WrittenLayers::note_state(*inside);
      }
    }
    layer.set("inbound_nodes", std::move(calls));
    list.push_back(std::move(layer));
  }
  Config layers(std::move(list)), input_layers = histories_of(graph(), given_inputs()),
                                  output_layers = histories_of(graph(), given_outputs());
  f("layers", layers)("input_layers", input_layers)("output_layers", output_layers);
}

}  // namespace xtape::models
