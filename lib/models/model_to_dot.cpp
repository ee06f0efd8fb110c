#include <algorithm>
#include <initializer_list>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/utils/plot_model.hpp>

#include "core/dot_text.hpp"
#include "core/markup_text.hpp"
#include "models/functional.hpp"
#include "models/shape_text.hpp"

namespace xtape::utils {
namespace {

using layers::LayerImpl;
using models::FunctionalImpl;
using models::ModelImpl;

// By its name; nothing if the layer has none, or cannot say.
std::string activation_of(const LayerImpl& layer) {
  try {
    const Config config = layer.get_config();
    const Config* activation = config.find("activation");
    return activation && activation->is_text() ? activation->text() : "";
  } catch (const ValueError&) {
    return "";
  }
}

// A layer, and which of its inputs or outputs.
struct Port {
  LayerImpl* layer;
  std::size_t index = 0;
};

class Drawing {
 public:
  explicit Drawing(const ModelToDotOptions& options) : options_(options) {
    dot_.set("rankdir", options.rankdir);
    dot_.set("concentrate", "true");
    dot_.set("dpi", std::to_string(options.dpi));
    dot_.set("splines", options.splines);
  }

  std::string draw(ModelImpl& model) && {
    if (model.has_graph()) {
      add_layers(model);
      for (const auto& [from, to] : lines_) dot_.edge(boxes_.at(from), boxes_.at(to));
    } else {
      add_box(model, {}, {}, {model.dtype()});
    }
    return std::move(dot_).str();
  }

 private:
  // The model in a layer that is drawn by its layers, or null.
  ModelImpl* expanded(LayerImpl& layer) const {
    if (!options_.expand_nested) return nullptr;
    auto* const model = dynamic_cast<ModelImpl*>(&layer);
    return model && model->has_graph() && !model->parts().empty() ? model : nullptr;
  }

  // The box that an input or output of a layer belongs to.
  LayerImpl* entry_of(Port port) const {
    while (ModelImpl* const model = expanded(*port.layer)) {
      const auto* functional = dynamic_cast<FunctionalImpl*>(model);
      port = functional ? Port{&functional->graph().inputs()[port.index].node().layer()}
                        : Port{model->parts().front().get()};
    }
    return port.layer;
  }
  LayerImpl* exit_of(Port port) const {
    while (ModelImpl* const model = expanded(*port.layer)) {
      if (const auto* functional = dynamic_cast<FunctionalImpl*>(model)) {
        const Symbol& output = functional->graph().outputs()[port.index];
        port = {&output.node().layer(), output.index()};
      } else {
        port = {model->parts().back().get()};
      }
    }
    return port.layer;
  }

  void connect(const Port& from, const Port& to) {
    const std::pair<const LayerImpl*, const LayerImpl*> line{exit_of(from), entry_of(to)};
    if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) lines_.push_back(line);
  }

  void add_layers(ModelImpl& model) {
    if (const auto* functional = dynamic_cast<FunctionalImpl*>(&model)) return add_graph(*functional);
    Shape shape = model.build_shape();
    for (std::size_t i = 0; i < model.parts().size(); ++i) {
      LayerImpl& layer = *model.parts()[i];
      const Shape output = layer.output_shape(shape);
      add_layer(layer, {shape}, {output}, {layer.dtype()});
      if (i > 0) connect({model.parts()[i - 1].get()}, {&layer});
      shape = output;
    }
  }

  void add_graph(const FunctionalImpl& model) {
    const auto& nodes = model.graph().nodes();
    for (const auto& part : model.parts()) {
      const auto first =
          std::find_if(nodes.begin(), nodes.end(), [&](const auto* node) { return &node->layer() == part.get(); });
      std::vector<Shape> inputs;
      for (const Symbol& input : (*first)->all_inputs()) inputs.push_back(input.shape());
      add_layer(*part, inputs, (*first)->output_shapes(), (*first)->output_dtypes());
    }
    for (const layers::SymbolicCall* node : nodes) {
      const std::vector<Symbol> inputs = node->all_inputs();
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        connect({&inputs[i].node().layer(), inputs[i].index()}, {&node->layer(), i});
      }
    }
  }

  // One for all if they are alike.
  static std::string names_of(const std::vector<DType>& dtypes) {
    std::string text = name(dtypes.front());
    if (std::all_of(dtypes.begin(), dtypes.end(), [&](DType dtype) { return dtype == dtypes.front(); })) return text;
    for (auto dtype = dtypes.begin() + 1; dtype != dtypes.end(); ++dtype) text += std::string(", ") + name(*dtype);
    return text;
  }

  // A box, or a frame with the boxes of a model.
  void add_layer(LayerImpl& layer, const std::vector<Shape>& inputs, const std::vector<Shape>& outputs,
                 const std::vector<DType>& dtypes) {
    if (ModelImpl* const model = expanded(layer)) {
      dot_.begin_cluster(layer.name());
      add_layers(*model);
      dot_.end_cluster();
    } else {
      add_box(layer, inputs, outputs, dtypes);
    }
  }

  void add_box(LayerImpl& layer, const std::vector<Shape>& inputs, const std::vector<Shape>& outputs,
               const std::vector<DType>& dtypes) {
    if (boxes_.contains(&layer)) return;  // in two models
    std::vector<std::string> cells;
    const auto add = [&](const std::string& title, const std::string& value) {
      cells.push_back("<td bgcolor=\"white\">" + title + ": <b>" + core::markup_text(value) + "</b></td>");
    };
    if (options_.show_shapes && !layers::InputLayer::is(layer)) {
      add("Input shape", inputs.empty() ? "?" : models::shapes_text(inputs));
    }
    if (options_.show_shapes) add("Output shape", outputs.empty() ? "?" : models::shapes_text(outputs));
    if (options_.show_dtype) add("Output dtype", names_of(dtypes));
    if (options_.show_trainable && !layer.weights().empty()) {
      cells.push_back(layer.trainable()
                          ? "<td bgcolor=\"forestgreen\"><font color=\"white\"><b>Trainable</b></font></td>"
                          : "<td bgcolor=\"firebrick\"><font color=\"white\"><b>Non-trainable</b></font></td>");
    }
    const std::string span = "<td colspan=\"" + std::to_string(std::max<std::size_t>(cells.size(), 1)) + "\" bgcolor=";
    std::string table = "<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"8\"><tr>" + span +
                        "\"black\"><font color=\"white\">";
    table += options_.show_layer_names.value_or(true)
                 ? "<b>" + core::markup_text(layer.name()) + "</b> (" + layer.class_name() + ')'
                 : "<b>" + layer.class_name() + "</b>";
    table += "</font></td></tr>";
    const std::string activation = options_.show_layer_activations ? activation_of(layer) : "";
    if (!activation.empty()) {
      table += "<tr>" + span + "\"white\">Activation: <b>" + core::markup_text(activation) + "</b></td></tr>";
    }
    if (!cells.empty()) table += "<tr>";
    for (const std::string& cell : cells) table += cell;
    if (!cells.empty()) table += "</tr>";
    boxes_[&layer] = dot_.table(table + "</table>");
  }

  const ModelToDotOptions& options_;
  core::DotText dot_{"model", "shape=plain, fontname=\"Helvetica\""};
  std::unordered_map<const LayerImpl*, std::size_t> boxes_;
  std::vector<std::pair<const LayerImpl*, const LayerImpl*>> lines_;
};

void check_one_of(const char* option, const std::string& given, std::initializer_list<const char*> known) {
  if (std::find(known.begin(), known.end(), given) == known.end()) {
    detail::throw_unknown_name(option, given, {known.begin(), known.end()});
  }
}

}  // namespace

std::string model_to_dot(const models::Model& model, const ModelToDotOptions& options) {
  if (!model.built()) {
    throw ValueError("model_to_dot: the model is not built: build it, or call it, first", model.name());
  }
  detail::check_at_least(1, "model_to_dot", "dpi", options.dpi, model.name());
  check_one_of("rankdir", options.rankdir, {"TB", "LR", "BT", "RL"});
  check_one_of("splines", options.splines, {"ortho", "curved", "polyline", "spline", "line"});
  return Drawing(options).draw(model.impl());
}

}  // namespace xtape::utils
