#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/models/model.hpp>

// Apart from the writer, so that a program that reads no models is not linked with all layers.
namespace xtape::models {
namespace {

using layers::SymbolicCall;

struct FunctionalFields {
  ModelOptions options;
  // Those of its layers count.
  DType dtype = float32;
  std::vector<Config> layers;
  Config input_layers, output_layers;

  void fields(Fields& f) {
    f("name", options.name)("trainable", options.trainable)("dtype", dtype)("layers", layers);
    f("input_layers", input_layers)("output_layers", output_layers);
  }
};

// Makes the calls that a configuration lists, in any order.
class Reader {
 public:
  explicit Reader(const std::vector<Config>& configs) {
    for (const Config& config : configs) {
      const layers::Layer layer = layers::deserialize(config);
      const Config::List& calls = config.at("inbound_nodes").list();
      // An input is a call without arguments, which is not listed.
      if (calls.empty()) {
        layer.build(batch_shape(layer));
        made_[layer.name()].push_back(SymbolicCall::make(layer.impl(), {}, {batch_shape(layer)})->outputs());
      }
      for (const Config& call : calls) open_.push_back({layer, &call});
    }
    connect();
  }

  Symbol find(const Config& history) const {
    const Config::List& list = history.list();
    if (list.size() != 3) throw ValueError("Functional: expected [layer, call, output], given " + history.str());
    const auto found = made_.find(list[0].text());
    const auto call = static_cast<std::size_t>(list[1].integer()), output = static_cast<std::size_t>(list[2].integer());
    if (found == made_.end() || call >= found->second.size() || output >= found->second[call].size()) return {};
    return found->second[call][output];
  }

  // One [layer, call, output], a list of them, or by name.
  Symbols find_all(const Config& histories) const {
    if (histories.is_dict()) {
      std::vector<detail::Named<Symbol>> named;
      for (const Config::Entry& entry : histories.entries()) named.push_back({entry.name, find_made(entry.value)});
      return named;
    }
    std::vector<Symbol> result;
    const Config::List& list = histories.list();
    const bool one = !list.empty() && list.front().is_text();
    for (const Config& history : one ? Config::List{histories} : list) result.push_back(find_made(history));
    return result;
  }

 private:
  Symbol find_made(const Config& history) const {
    Symbol symbol = find(history);
    if (!symbol.defined()) throw ValueError("Functional: there is no tensor " + history.str());
    return symbol;
  }

  struct Call {
    layers::Layer layer;
    const Config* config;
  };

  static Shape batch_shape(const layers::Layer& layer) {
    Shape shape = layer.input_shape();
    shape.insert(0, -1);
    return shape;
  }

  static bool is_tensor(const Config& config) {
    return config.is_dict() && config.find("class_name") && config.at("class_name") == Config("__keras_tensor__");
  }

  // The tensors in a value, lists in lists; false if one is not made yet. Nothing in a list of tensors keeps its place:
  // an input without a mask.
  bool collect(const Config& value, std::vector<Symbol>& found) const {
    if (is_tensor(value)) {
      found.push_back(find(value.at("config").at("keras_history")));
      return found.back().defined();
    }
    if (!value.is_list()) return true;
    const Config::List& list = value.list();
    const bool has_tensor = std::any_of(list.begin(), list.end(), is_tensor);
    for (const Config& each : list) {
      if (each.is_null() && has_tensor) found.emplace_back();
      if (!collect(each, found)) return false;
    }
    return true;
  }

  // Makes a call if all that it needs is there.
  bool make(const Call& call) {
    layers::Arguments<Symbol> arguments;
    if (!collect(call.config->at("args"), arguments.inputs)) return false;
    // Optional arguments that are not given.
    std::erase_if(arguments.inputs, [](const Symbol& input) { return !input.defined(); });
    for (const Config::Entry& entry : call.config->at("kwargs").entries()) {
      std::vector<Symbol> symbols;
      if (!collect(entry.value, symbols)) return false;
      if (!symbols.empty()) {
        arguments.keywords.push_back({entry.name, std::move(symbols)});
      } else if (entry.name == "training") {
        if (!entry.value.is_null()) arguments.training = entry.value.boolean();
      } else if (!entry.value.is_null()) {
        arguments.settings.push_back({entry.name, entry.value});
      }
    }
    made_[call.layer.name()].push_back(call.layer.impl().apply_symbols(arguments));
    return true;
  }

  void connect() {
    while (!open_.empty()) {
      std::vector<Call> waiting;
      // Calls of one layer keep their order.
      std::map<std::string, bool> waits;
      for (const Call& call : open_) {
        bool& later = waits[call.layer.name()];
        if (later || !make(call)) {
          later = true;
          waiting.push_back(call);
        }
      }
      if (waiting.size() == open_.size()) {
        throw ValueError("Functional: the layer \"" + waiting.front().layer.name() +
                         "\" is called on tensors that no layer makes");
      }
      open_ = std::move(waiting);
    }
  }

  std::vector<Call> open_;
  // What the calls of a layer returned.
  std::map<std::string, std::vector<std::vector<Symbol>>> made_;
};

}  // namespace

Model Model::from_config(const Config& config) {
  auto given = read_fields<FunctionalFields>(config, "Functional");
  const Reader reader(given.layers);
  return Model(reader.find_all(given.input_layers), reader.find_all(given.output_layers), std::move(given.options));
}

}  // namespace xtape::models
