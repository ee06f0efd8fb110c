#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "io/zip_bytes.hpp"
#include "saving/untrusted.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

struct OwnImpl : layers::LayerImpl {
  struct Options {
    std::string name = {};
    void fields(Fields& f) { f("name", name); }
  };
  OwnImpl() : OwnImpl(Options()) {}
  explicit OwnImpl(Options given) : LayerImpl({.name = given.name}), options(std::move(given)) {}
  void fields(Fields& f) override { options.fields(f); }
  Tensor call(const Tensor& x) { return x + x; }
  Options options;
};
using Own = layers::Handle<OwnImpl>;

}  // namespace

TEST_CASE("a small file that is in order is read") {
  const TemporaryFolder folder;
  const Model model =
      load_model(file_of(folder, sequential({input("[null,4]"), layer("Dense", R"("name":"d","units":2)")})));
  CHECK(model.predict(ones({1, 4}), {.verbose = 0}).to_vector<float>() == std::vector<float>{5, 5});
}

TEST_CASE("lengths that are none, or more than there can be, are refused") {
  const std::string dense = layer("Dense", R"("name":"d","units":2)");
  for (const char* shape : {"[null,-3]", "[null,0]"}) {
    check_refused(sequential({input(shape), dense}),
                  "lengths in input_shape must be positive or -1, given [" + std::string(shape).substr(6));
  }
  for (const char* shape : {"[null,2.5]", "[null,NaN]", "[null,Infinity]", "[null,1e30]", "[null,\"4\"]", "[null,[4]]",
                            "[]", "4", "null", "{}", "[-2,4]"}) {
    check_refused(sequential({input(shape), dense}), "InputLayer");
  }
  check_refused(sequential({input("[null,4294967296,4294967296]"), layer("Flatten", R"("name":"f")"), dense}),
                "too many elements");
  const std::string most = "9223372036854775807", x = input("[null,4]"), sequence = input("[null,3,4]");
  for (const std::string& text : {
           sequential({x, layer("Dense", R"("name":"d","units":)" + most)}),
           sequential({sequence, layer("LSTM", R"("name":"d","units":)" + most)}),
           sequential({sequence, layer("GRU", R"("name":"d","units":4000000000000000000)")}),
           sequential({sequence, layer("Conv1D", R"("name":"d","kernel_size":3,"filters":)" + most)}),
           sequential({sequence, layer("Conv1D", R"("name":"d","filters":3,"kernel_size":)" + most)}),
           sequential({sequence, layer("ZeroPadding1D", R"("name":"d","padding":)" + most), layer("Flatten", "")}),
           sequential({sequence, layer("UpSampling1D", R"("name":"d","size":)" + most), layer("Flatten", "")}),
           sequential({x, layer("Embedding", R"("name":"d","output_dim":4,"input_dim":)" + most)}),
       }) {
    CAPTURE(text);
    const std::string said = refusal([&] { models::model_from_json(text); });
    CHECK(said != "read");
    CHECK(said != "out of memory");
  }
}

TEST_CASE("what a layer is tried with while a model is read has a limit") {
  layers::register_layer<Own>({.package = "untrusted"});
  const std::string own = R"({"class_name":"Own","registered_name":"untrusted>Own","config":{"name":"own"}})";
  check_refused(sequential({input("[null,1000000,1000000]"), own}), "the model takes more than the ");
}

TEST_CASE("models of very many layers, or in each other, are refused or come to an end") {
  std::vector<std::string> layers{input("[null,4]")};
  for (int i = 0; i < 50000; ++i) layers.push_back(layer("ReLU", R"("name":"r)" + std::to_string(i) + '"'));
  check_refused(sequential(layers), "Sequential: expected at most 32768 layers, given 50001");

  std::string deep = sequential({input("[null,4]"), layer("ReLU", R"("name":"r")")});
  for (int i = 0; i < 100; ++i) deep = sequential({deep});
  CHECK_THAT(refusal([&] { models::model_from_json(deep); }), Contains("nested deeper than 200"));
}

TEST_CASE("names of a configuration may be of any length, and are compared with none then") {
  const std::string x = input("[null,4]"), more(4 << 20, 'e'), shown = "eeee...\"";
  const auto dense = [&](const std::string& options) {
    return sequential({x, layer("Dense", R"("name":"d","units":2,)" + options)});
  };
  check_refused(sequential({x, layer("Dens" + more, R"("name":"d","units":2)")}), shown + "; known names are ");
  check_refused(dense("\"unit" + more + "\":1"), shown + "; known names are ");
  check_refused(dense(R"("activation":"relu)" + more + '"'), shown + "; known names are ");
  check_refused(dense(R"("kernel_initializer":"zeros)" + more + '"'), shown + "; known names are ");
}

TEST_CASE("metrics of a file have no more thresholds than there is a use for") {
  for (const char* metric : {R"("AUC","config":{)", R"("PrecisionAtRecall","config":{"recall":0.5,)",
                             R"("SensitivityAtSpecificity","config":{"specificity":0.5,)"}) {
    CAPTURE(metric);
    std::string config = sequential({input("[null,4]"), layer("Dense", R"("name":"d","units":2)")});
    config.pop_back();
    config += R"(,"compile_config":{"optimizer":"sgd","loss":"mse","metrics":[{"class_name":)" + std::string(metric) +
              R"("num_thresholds":400000000}}]}})";
    const TemporaryFolder folder;
    const std::string path = file_of(folder, config);
    CHECK_THAT(refusal([&] { load_model(path); }),
               Contains(path) && Contains("num_thresholds must be at most 1048576, given 400000000"));
  }
}

TEST_CASE("a configuration of very many values is refused before it is made") {
  std::string values = R"({"class_name":"Sequential","config":[)";
  for (int i = 0; i < 5000000; ++i) values += "0,";
  values += "0]}";
  const TemporaryFolder folder;
  const std::string path = folder.write("model.keras", zip_bytes({deflated_entry("config.json", values)}));
  CHECK(std::filesystem::file_size(path) < 1 << 16);
  CHECK_THAT(refusal([&] { load_model(path); }),
             Contains(path) && Contains("JSON: there are more than 4194304 values"));
}

TEST_CASE("not all of very many wrong layers are told") {
  std::vector<std::string> layers{input("[null,4]")};
  for (int i = 0; i < 5000; ++i)
    layers.push_back(layer("Dense", R"("unitz":1,"units":2,"name":"d)" + std::to_string(i) + '"'));
  const TemporaryFolder folder;
  const std::string text = refusal([&] { load_model(file_of(folder, sequential(layers))); });
  CHECK_THAT(text, Contains("the layer \"s/d99\"") && !Contains("the layer \"s/d100\"") &&
                       Contains("(and what comes behind)"));
}

namespace {

std::string tensor_of(const std::string& name, int call) {
  return R"({"class_name":"__keras_tensor__","config":{"shape":[null,5],"dtype":"float32","keras_history":[")" + name +
         "\"," + std::to_string(call) + ",0]}}";
}

// Keras's form of a layer in a functional model, called on each of these tensors.
std::string called(const std::string& layer, const std::string& name, const std::vector<std::string>& inputs) {
  std::vector<std::string> calls;
  for (const std::string& each : inputs) calls.push_back(R"({"args":[)" + each + R"(],"kwargs":{}})");
  return layer.substr(0, layer.size() - 1) + R"(,"name":")" + name + R"(","inbound_nodes":[)" + joined(calls) + "]}";
}

std::string functional(const std::string& name, const std::string& shape, const std::vector<std::string>& layers,
                       const std::string& output, int call) {
  const std::string x = "x_" + name;
  return layer("Functional", R"("name":")" + name + R"(","layers":[)" + called(input(shape, x), x, {}) + ',' +
                                 joined(layers) + R"(],"input_layers":[[")" + x + R"(",0,0]],"output_layers":[[")" +
                                 output + "\"," + std::to_string(call) + ",0]]");
}

}  // namespace

TEST_CASE("models that call the next one twice are refused before a call would not end") {
  const auto nested = [](int depth) {
    std::string model =
        functional("m0", "[null,null]", {called(layer("ReLU", R"("name":"r")"), "r", {tensor_of("x_m0", 0)})}, "r", 0);
    for (int i = 1; i < depth; ++i) {
      const std::string name = "m" + std::to_string(i), inner = "m" + std::to_string(i - 1);
      // A known length here: the shapes of the inner calls are found anew.
      model = functional(name, i + 1 == depth ? "[null,5]" : "[null,null]",
                         {called(model, inner, {tensor_of("x_" + name, 0), tensor_of(inner, 0)})}, inner, 2);
    }
    return model;
  };
  CHECK(models::model_from_json(nested(6)).predict(ones({1, 5}), {.verbose = 0}).shape() == Shape{1, 5});
  check_refused(nested(45), "a call of the model goes through more than 262144 layers");
}

TEST_CASE("a model of more calls than are read is not written") {
  const auto nested = [](int depth) {
    const Symbol x = Input({5});
    Model model(x, layers::ReLU()(x));
    for (int i = 0; i < depth; ++i) {
      const Symbol y = Input({5});
      model = Model(y, model(model(y)));
    }
    return model;
  };
  const Model most = nested(15);
  CHECK(models::model_from_json(most.to_json()).name() == most.name());
  const TemporaryFolder folder;
  for (const char* file : {"m.keras", "m.h5"}) {
    CHECK_THAT(refusal([&] { nested(16).save(folder / file); }),
               Contains("a call of the model goes through more than 262144 layers"));
    CHECK_FALSE(std::filesystem::exists(folder / file));
  }
}

TEST_CASE("calls that wait for each other are refused, those in any order are not") {
  const auto relu = [](const std::string& name, const std::string& of) {
    return called(layer("ReLU", R"("name":")" + name + '"'), name, {tensor_of(of, 0)});
  };
  check_refused(functional("m", "[null,5]", {relu("a", "b"), relu("b", "a")}, "b", 0),
                "is called on tensors that no layer makes");
  check_refused(functional("m", "[null,5]", {relu("a", "a")}, "a", 0), "is called on tensors that no layer makes");
  check_refused(functional("m", "[null,5]", {relu("a", "x_m")}, "a", 7), "there is no tensor");
  std::vector<std::string> backwards;
  for (int i = 2000; i-- > 0;) {
    backwards.push_back(relu("r" + std::to_string(i), i == 0 ? "x_m" : "r" + std::to_string(i - 1)));
  }
  const Model model = models::model_from_json(functional("m", "[null,5]", backwards, "r1999", 0));
  CHECK(model.layers().size() == 2001);
}

}  // namespace xtape::test
