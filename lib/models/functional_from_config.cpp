#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/config_place.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/models/model.hpp>

#include "layers/build_config.hpp"
#include "layers/call_signature.hpp"
#include "layers/operation.hpp"
#include "models/config_limits.hpp"
#include "models/functional.hpp"

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
    check_count_in_config("Functional", "layers", configs.size());
    for (const Config& config : configs) {
      const layers::Layer layer = layers::deserialize_unbuilt(config);
      detail::at_place(layer.name(), [&] { open(layer, config); });
    }
    connect();
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
    check_count_in_config("Functional", "inputs or outputs", list.size());
    const bool one = !list.empty() && list.front().is_text();
    for (const Config& history : one ? Config::List{histories} : list) result.push_back(find_made(history));
    return result;
  }

 private:
  // What a configuration says of the calls of its layer.
  void open(const layers::Layer& layer, const Config& config) {
    const Config::List& calls = config.at("inbound_nodes").list();
    // An input is a call without arguments, which is not listed.
    if (calls.empty()) {
      layer.build(batch_shape(layer));
      made_[layer.name()].push_back(SymbolicCall::make(layer.impl(), {}, {batch_shape(layer)})->outputs());
      return;
    }
    const bool is_operation = layers::is_operation(config);
    const std::vector<layers::Layer> called = is_operation ? layers::operations_of(config) : std::vector{layer};
    layers_.push_back(layer.name());
    for (std::size_t i = 0; i < calls.size(); ++i) {
      open_[layer.name()].push_back({called[is_operation ? i : 0], &calls[i], is_operation});
    }
  }

  // The calls are counted from `first` on.
  Symbol find(const Config& history, int64_t first = 0) const {
    const Config::List& list = history.list();
    if (list.size() != 3) throw ValueError("Functional: expected [layer, call, output], given " + history.str());
    const auto found = made_.find(list[0].text());
    const auto calls = found == made_.end() ? 0 : static_cast<int64_t>(found->second.size());
    if (list[1].integer() < -1) return {};
    int64_t call = list[1].integer() - first;
    if (call == -1 && first == 1) call = calls - 1;  // Python's index of the last one
    const int64_t output = list[2].integer();
    if (call >= calls) missing_ = {list[0].text(), call};
    if (call < 0 || call >= calls || output < 0) return {};
    const std::vector<Symbol>& outputs = found->second[static_cast<std::size_t>(call)];
    if (static_cast<std::size_t>(output) >= outputs.size()) return {};
    return outputs[listed_outputs(outputs.front().node().layer(), outputs.size())[static_cast<std::size_t>(output)]];
  }

  // An input or output of the model.
  Symbol find_made(const Config& history) const {
    Symbol symbol = find(history);
    const auto made = made_.find(history.list()[0].text());
    if (made != made_.end()) symbol = find(history, first_listed_call(made->second.front().front().node().layer()));
    if (!symbol.defined()) throw ValueError("Functional: there is no tensor " + history.str());
    return symbol;
  }

  struct Call {
    layers::Layer layer;
    const Config* config;
    // It has what of the arguments is no tensor.
    bool is_operation;
  };

  static Shape batch_shape(const layers::Layer& layer) {
    Shape shape = layer.input_shape();
    shape.insert(0, -1);
    return shape;
  }

  // Whether there are tensors alone, in lists or not, or nothing in their places.
  static bool is_of_tensors(const Config& value) {
    if (!value.is_list()) return value.is_null() || layers::is_symbol_config(value);
    return std::all_of(value.list().begin(), value.list().end(), is_of_tensors);
  }

  static void check_is_of_tensors(const Config::Entry& given, const Call& call) {
    if (call.is_operation || is_of_tensors(given.value)) return;
    throw ValueError(given.name + ": a layer takes tensors of the model; constants are taken by operations alone, as " +
                         "Add of keras.ops",
                     call.layer.name());
  }

  // The tensors in a value, lists in lists; false if one is not made yet. Nothing in a list of tensors keeps its place:
  // an input without a mask.
  bool collect(const Config& value, std::vector<Symbol>& found) const {
    if (layers::is_symbol_config(value)) {
      found.push_back(find(value.at("config").at("keras_history")));
      return found.back().defined();
    }
    if (!value.is_list()) return true;
    const Config::List& list = value.list();
    const bool has_tensor = std::any_of(list.begin(), list.end(), layers::is_symbol_config);
    for (const Config& each : list) {
      if (each.is_null() && has_tensor) found.emplace_back();
      if (!collect(each, found)) return false;
    }
    return true;
  }

  // The arguments of a call by Keras's names. @throws ValueError for one that the call does not have.
  static Config::Entries arguments_of(const Call& call, const layers::CallSignature& signature) {
    const std::string& layer = call.layer.name();
    Config::Entries result;
    const Config::List& listed = call.config->at("args").list();
    if (signature.is_variadic) return {{std::string(signature.arguments[0]), listed}};
    if (listed.size() > signature.arguments.size()) {
      throw ValueError("expected at most " + std::to_string(signature.arguments.size()) +
                           " arguments of a call, given " + std::to_string(listed.size()),
                       layer);
    }
    for (std::size_t i = 0; i < listed.size(); ++i) {
      result.push_back({std::string(signature.arguments[i]), listed[i]});
    }
    for (const Config::Entry& entry : call.config->at("kwargs").entries()) {
      if (is_nothing(entry.value)) continue;
      if (!signature.takes(entry.name)) {
        std::string names;
        for (const std::string_view name : signature.arguments)
          names += (names.empty() ? "" : ", ") + std::string(name);
        throw ValueError("a call takes no \"" + entry.name + "\"; it takes " + names, layer);
      }
      const bool twice = std::any_of(result.begin(), result.end(), [&](const Config::Entry& one) {
        return one.name == entry.name && !one.value.is_null();
      });
      if (twice) throw ValueError("a call is given \"" + entry.name + "\" twice", layer);
      result.push_back(entry);
    }
    return result;
  }

  // Nothing, or a list or dict of nothing else, as Keras writes the masks of inputs that have none.
  static bool is_nothing(const Config& value) {
    if (value.is_dict()) {
      const Config::Entries& entries = value.entries();
      return std::all_of(entries.begin(), entries.end(),
                         [](const Config::Entry& each) { return is_nothing(each.value); });
    }
    return value.is_null() || (value.is_list() && std::all_of(value.list().begin(), value.list().end(), is_nothing));
  }

  // A model may be given its inputs, and their masks, by name.
  static Config in_order(const Config& value, const layers::Layer& layer) {
    const auto* model = dynamic_cast<const ModelImpl*>(&layer.impl());
    if (!model || !value.is_dict() || layers::is_symbol_config(value)) return value;
    Config::List list;
    for (const std::string& name : model->input_names()) list.push_back(value.at(name));
    return list;
  }

  // Makes a call if all that it needs is there.
  bool make(const Call& call, std::vector<std::vector<Symbol>>& made) {
    const layers::CallSignature signature = layers::call_signature(call.layer.impl());
    const auto end_of_inputs = signature.arguments.begin() + static_cast<std::ptrdiff_t>(signature.inputs);
    const Config::Entries given = arguments_of(call, signature);
    layers::Arguments<Symbol> arguments;
    for (auto name = signature.arguments.begin(); name != end_of_inputs; ++name) {
      for (const Config::Entry& entry : given) {
        if (entry.name != *name) continue;
        const Config::Entry ordered{entry.name, in_order(entry.value, call.layer)};
        check_is_of_tensors(ordered, call);
        if (!collect(ordered.value, arguments.inputs)) return false;
      }
    }
    // Optional arguments that are not given.
    std::erase_if(arguments.inputs, [](const Symbol& input) { return !input.defined(); });
    for (const Config::Entry& entry : given) {
      if (std::find(signature.arguments.begin(), end_of_inputs, entry.name) != end_of_inputs) continue;
      if (is_nothing(entry.value) || call.is_operation) continue;
      const Config::Entry ordered{entry.name, in_order(entry.value, call.layer)};
      std::vector<Symbol> symbols;
      if (!collect(ordered.value, symbols)) return false;
      const bool is_flag = layers::is_flag_of_call(entry.name);
      if (symbols.empty() && !is_flag && !signature.is_open) {
        throw ValueError(entry.name + ": expected a tensor of the model, given " + entry.value.str(),
                         call.layer.name());
      }
      if (!symbols.empty() && is_flag) {
        throw ValueError(entry.name + ": expected true or false, given a tensor", call.layer.name());
      }
      if (!symbols.empty()) {
        check_is_of_tensors(ordered, call);
        arguments.keywords.push_back({entry.name, std::move(symbols)});
      } else if (entry.name == "training") {
        arguments.training = entry.value.boolean();
      } else {
        arguments.settings.push_back({entry.name, entry.value});
      }
    }
    made.push_back(call.layer.impl().apply_symbols(arguments));
    return true;
  }

  // A call that has to wait is tried again when the call is made that it waits for, and not before: layers may be
  // listed in any order.
  void connect() {
    std::deque<std::string> ready(layers_.begin(), layers_.end());
    std::map<Place, std::vector<std::string>> waiting;
    while (!ready.empty()) {
      const std::string layer = std::move(ready.front());
      ready.pop_front();
      std::deque<Call>& calls = open_[layer];
      while (!calls.empty()) {
        missing_ = {};
        if (!detail::at_place(layer, [&] { return make(calls.front(), made_[layer]); })) {
          waiting[missing_].push_back(layer);
          break;
        }
        calls.pop_front();
        const auto woken = waiting.find({layer, static_cast<int64_t>(made_[layer].size()) - 1});
        if (woken == waiting.end()) continue;
        ready.insert(ready.end(), woken->second.begin(), woken->second.end());
        waiting.erase(woken);
      }
    }
    for (const std::string& layer : layers_) {
      if (open_[layer].empty()) continue;
      throw ValueError("Functional: the layer \"" + layer + "\" is called on tensors that no layer makes");
    }
  }

  // A call of a layer, by its number.
  using Place = std::pair<std::string, int64_t>;

  // The layers that are called, and their calls, which keep their order.
  std::vector<std::string> layers_;
  std::map<std::string, std::deque<Call>> open_;
  // What `find` did not find.
  mutable Place missing_;
  // What the calls of a layer returned.
  std::map<std::string, std::vector<std::vector<Symbol>>> made_;
};

}  // namespace

Model Model::from_config(const Config& config) {
  auto given = read_fields<FunctionalFields>(config, "Functional");
  const Reader reader(given.layers);
  // Its layers say for themselves whether they are: one that is in other models too may have been freed since.
  const bool trainable = std::exchange(given.options.trainable, true);
  const Model model(layers::make_layer<FunctionalImpl>(reader.find_all(given.input_layers),
                                                       reader.find_all(given.output_layers), std::move(given.options)));
  model.Layer::impl().set_own_trainable(trainable);
  check_calls(model.Layer::impl());
  return model;
}

}  // namespace xtape::models
