#include "callbacks/tensorboard/model_graph.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <xtape/error.hpp>

namespace xtape::callbacks {
namespace {

using Names = std::vector<std::string>;

// The layers that tensors in the arguments of a call come from, in Keras's form: each has a history [layer, node,
// tensor].
void collect_sources(const Config& arguments, Names& sources) {
  if (arguments.is_list()) {
    for (const Config& each : arguments.list()) collect_sources(each, sources);
  } else if (arguments.is_dict()) {
    if (const Config* history = arguments.find("keras_history")) {
      sources.push_back(history->list().at(0).text());
      return;
    }
    for (const Config::Entry& each : arguments.entries()) collect_sources(each.value, sources);
  }
}

class GraphWriter {
 public:
  // Adds the layers of the model that `config` describes; `inputs` are the nodes of what it is called on. Returns the
  // nodes of its outputs.
  Names add_model(const Config& config, const std::string& prefix, const Names& inputs) {
    const Config::List& layers = config.at("layers").list();
    return config.find("output_layers") != nullptr ? add_functional(config, layers, prefix, inputs)
                                                   : add_chain(layers, prefix, inputs);
  }

  std::vector<GraphNode> nodes;

 private:
  Names add_layer(const Config& layer, const std::string& name, const Names& inputs) {
    const Config& config = layer.at("config");
    if (config.is_dict() && config.find("layers") != nullptr) return add_model(config, name + '/', inputs);
    nodes.push_back({name, layer.at("class_name").text(), inputs});
    return {name};
  }

  Names add_chain(const Config::List& layers, const std::string& prefix, Names last) {
    for (const Config& layer : layers) {
      last = add_layer(layer, prefix + layer.at("config").at("name").text(), last);
    }
    return last;
  }

  Names add_functional(const Config& config, const Config::List& layers, const std::string& prefix,
                       const Names& inputs) {
    std::map<std::string, Names> outputs;
    std::size_t given = 0;
    for (const Config& layer : layers) {
      const std::string& name = layer.at("name").text();
      Names sources, from;
      collect_sources(layer.at("inbound_nodes"), sources);
      for (const std::string& source : sources) {
        for (const std::string& node : outputs[source]) {
          if (std::find(from.begin(), from.end(), node) == from.end()) from.push_back(node);
        }
      }
      if (sources.empty() && given < inputs.size()) from = {inputs[given++]};
      outputs[name] = add_layer(layer, prefix + name, from);
    }
    Names last;
    for (const Config& output : by_position(config.at("output_layers"))) {
      const Names& ends = outputs[output.list().at(0).text()];
      last.insert(last.end(), ends.begin(), ends.end());
    }
    return last;
  }

  // [name, node, tensor], or a list of such.
  static Config::List by_position(const Config& output_layers) {
    const Config::List& list = output_layers.list();
    return !list.empty() && list[0].is_text() ? Config::List{output_layers} : list;
  }
};

std::optional<Config> config_of(const models::Model& model) {
  try {
    Config config = model.get_config();
    if (config.find("layers") != nullptr) return config;
  } catch (const ValueError&) {
    // A model, or a layer in it, that cannot be written.
  }
  return std::nullopt;
}

}  // namespace

std::vector<GraphNode> model_graph(const models::Model& model) {
  GraphWriter writer;
  if (const std::optional<Config> config = config_of(model)) {
    writer.add_model(*config, "", {});
  } else {
    for (const layers::Layer& layer : model.layers()) writer.nodes.push_back({layer.name(), layer.class_name(), {}});
  }
  return std::move(writer.nodes);
}

}  // namespace xtape::callbacks
