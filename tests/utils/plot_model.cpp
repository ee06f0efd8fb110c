#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

Model two_inputs() {
  const Symbol a = Input({4}, {.name = "a"}), b = Input({4}, {.name = "b"});
  const Sequential tower({layers::InputLayer({4}), layers::Dense(3, {.activation = "relu", .name = "one"}),
                          layers::Dense(2, {.name = "two"})},
                         {.name = "tower"});
  tower.layers()[1].set_trainable(false);
  return Model({a, b}, layers::Add({.name = "sum"})({tower(a), tower(b)}), {.name = "model"});
}

int count(const std::string& text, const std::string& part) {
  int result = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("A model is drawn with a box for each layer and a line for each tensor that one takes") {
  const std::string dot = utils::model_to_dot(two_inputs());
  CHECK(dot.starts_with("digraph model {"));
  CHECK_THAT(dot,
             Contains("rankdir=\"TB\"") && Contains("<b>a</b> (InputLayer)") && Contains("<b>tower</b> (Sequential)"));
  CHECK(count(dot, "<table ") == 4);
  CHECK(count(dot, " -> ") == 3);  // two calls of one layer are one line
  CHECK_THAT(dot, !Contains("shape:"));
}

TEST_CASE("Boxes say what is asked for") {
  const std::string dot = utils::model_to_dot(two_inputs(), {.show_shapes = true,
                                                             .show_dtype = true,
                                                             .show_layer_names = false,
                                                             .rankdir = "LR",
                                                             .expand_nested = true,
                                                             .show_layer_activations = true,
                                                             .show_trainable = true});
  CHECK_THAT(dot, Contains("rankdir=\"LR\"") && Contains("subgraph cluster_0") && Contains("label=\"tower\""));
  CHECK(count(dot, "<table ") == 5);
  CHECK(count(dot, " -> ") == 4);
  CHECK_THAT(dot, Contains("Activation: <b>relu</b>") && Contains("Activation: <b>linear</b>"));
  CHECK_THAT(dot, Contains("Input shape: <b>[(None, 2), (None, 2)]</b>") && Contains("Output shape: <b>(None, 3)</b>"));
  CHECK(count(dot, "Output dtype: <b>float32</b>") == 5);
  CHECK(count(dot, "<b>Trainable</b>") == 1);
  CHECK(count(dot, "<b>Non-trainable</b>") == 1);
  CHECK_THAT(dot, !Contains("<b>one</b>"));
}

TEST_CASE("Sequential models and models of one's own are drawn too") {
  const Sequential model({layers::Dense(3, {.input_shape = {2}}), layers::Dense(2, {.name = "a<b>&c"})});
  const std::string dot = utils::model_to_dot(model);
  CHECK(count(dot, " -> ") == 1);
  CHECK_THAT(dot, Contains("<b>a&lt;b&gt;&amp;c</b>"));
  struct OwnImpl : ModelImpl {
    Tensor call(const Tensor& x) { return x; }
  };
  const Handle<OwnImpl> own;
  CHECK_THROWS_WITH(utils::model_to_dot(own), Contains("the model is not built: build it, or call it, first"));
  own(ones({2, 3}));
  CHECK(count(utils::model_to_dot(own), "<table ") == 1);
  CHECK_THROWS_WITH(utils::model_to_dot(model, {.rankdir = "TP"}), Contains("unknown rankdir \"TP\""));
  CHECK_THROWS_WITH(utils::model_to_dot(model, {.dpi = 0}), Contains("dpi must be at least 1, given 0"));
}

TEST_CASE("plot_model writes text, and pictures where Graphviz is installed") {
  const auto folder = std::filesystem::temp_directory_path() / ("xtape plot " + std::to_string(std::rand()));
  std::filesystem::create_directory(folder);
  const std::string dot = (folder / "it's.dot").string(), svg = (folder / "it's.svg").string();
  utils::plot_model(two_inputs(), dot);
  CHECK(content(dot) == utils::model_to_dot(two_inputs(), {.show_layer_names = false}));
  CHECK_THROWS_AS(utils::plot_model(two_inputs(), (folder / "none" / "model.dot").string()), IOError);
  CHECK_THROWS_WITH(utils::plot_model(two_inputs(), "model"), Contains("to_file needs an ending"));
  if (std::system("command -v dot >/dev/null 2>&1") == 0) {
    utils::plot_model(two_inputs(), svg, {.show_shapes = true});
    CHECK_THAT(content(svg), Contains("<svg") && Contains("Output shape:"));
  } else {
    CHECK_THROWS_AS(utils::plot_model(two_inputs(), svg), IOError);
  }
  std::filesystem::remove_all(folder);
}
