#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "io/hdf5.hpp"
#include "io/zip.hpp"
#include "io/zip_bytes.hpp"
#include "temporary_folder.hpp"

// What files have to be like for all releases of Keras from 3.3 on to read them.
namespace xtape::test {

TEST_CASE("files say nothing that a release of Keras from 3.3 on does not know") {
  const TemporaryFolder folder;
  const Symbol x = Input({4, 6});
  const Symbol one = layers::MultiHeadAttention(2, 3)(x, x), two = layers::GroupQueryAttention(6, 2, 1)(one, one);
  const Model model({x}, {layers::LSTM(2)(two)});
  model.compile({.optimizer = "adam", .loss = losses::Dice(), .metrics = {metrics::SparseTopKCategoricalAccuracy()}});
  for (const char* name : {"model.keras", "model.h5"}) {
    INFO(name);
    model.save(folder / name);
    const saving::FileContents contents = saving::inspect(folder / name);
    const std::string text = contents.config.str() + contents.compile_config.str();
    for (const char* option :
         {"sliding_window", "use_gate", "flash_attention", "from_sorted_ids", "\"Orthogonal\"", "'Orthogonal'"}) {
      INFO(option);
      CHECK(text.find(option) == std::string::npos);
    }
    CHECK(text.find("OrthogonalInitializer") != std::string::npos);
    const Tensor data = ones({2, 4, 6});
    CHECK(array_equal(load_model(folder / name).predict(data, {.verbose = 0}), model.predict(data, {.verbose = 0})));
  }
  CHECK(model.to_json().find("OrthogonalInitializer") == std::string::npos);
}

TEST_CASE("options that not all releases know are written where they differ from the default") {
  const layers::MultiHeadAttention attention(2, 3, {.sliding_window = 2, .use_gate = true, .seed = 5});
  const Config config = attention.get_config();
  CHECK(config.at("sliding_window") == Config(2));
  CHECK(config.at("use_gate") == Config(true));
  CHECK(config.at("seed") == Config(5));
  CHECK(losses::serialize(losses::Dice({.axis = {1}})).at("config").find("axis"));
}

TEST_CASE("a model that Keras built for batches of one length takes any") {
  const Sequential model{layers::InputLayer({3}), layers::Dense(2)};
  std::string json = model.to_json();
  const std::string any = "\"batch_shape\":[null,3]";
  const std::size_t at = json.find(any);
  REQUIRE(at != std::string::npos);
  json.replace(at, any.size(), "\"batch_shape\":[32,3]");
  const Model read = models::model_from_json(json);
  CHECK(read.predict(ones({5, 3}), {.verbose = 0}).shape() == Shape{5, 2});
  json.replace(json.find("[32,3]"), 6, "[-2,3]");
  CHECK_THROWS_WITH(models::model_from_json(json), Contains("batch_shape must begin with the length of a batch"));
}

TEST_CASE("averages come before gathered gradients in the state of an optimizer, as in files of Keras") {
  const Sequential model{layers::Dense(2, {.input_shape = {3}})};
  model.compile({.optimizer = optimizers::Adam({.use_ema = true, .gradient_accumulation_steps = 2}), .loss = "mse"});
  model.fit(ones({4, 3}), ones({4, 2}), {.verbose = 0});
  std::vector<std::string> kinds;
  for (const auto& variable : model.optimizer().variables()) {
    for (const char* kind : {"average", "gradient_accumulator", "momentum", "velocity"}) {
      if (variable.name.ends_with(kind)) kinds.push_back(kind);
    }
  }
  CHECK(kinds == std::vector<std::string>{"average", "average", "gradient_accumulator", "gradient_accumulator",
                                          "momentum", "velocity", "momentum", "velocity"});
}

TEST_CASE("averages and gathered gradients come in turns in files of Keras up to 3.9, whatever their shapes") {
  const TemporaryFolder folder;
  const layers::DenseOptions no_bias{.use_bias = false};
  const Sequential model{layers::InputLayer({2}), layers::Dense(2, no_bias), layers::Dense(2, no_bias)};
  model.compile({.optimizer = optimizers::SGD({.use_ema = true, .gradient_accumulation_steps = 3}), .loss = "mse"});
  model.fit(ones({4, 2}), ones({4, 2}), {.verbose = 0});
  const auto state = [](const Model& of) {
    std::vector<Tensor> values;
    for (const auto& variable : of.optimizer().variables()) values.push_back(variable.value.clone());
    return values;
  };
  const std::vector<Tensor> expected = state(model);
  model.save(folder / "model.keras");
  model.save_weights(folder / "model.weights.h5");
  const io::ZipReader archive(folder / "model.keras");
  const io::Bytes config = archive.read("config.json");
  for (const bool in_turns : {true, false}) {
    CAPTURE(in_turns);
    io::ArrayGroup weights = io::read_hdf5(folder / "model.weights.h5");
    io::ArrayGroup& vars = weights.group_at("optimizer/vars");
    vars.attributes.clear();
    // 0 and 1 are the iteration and the learning rate.
    if (in_turns) {
      Tensor &second_average = vars.arrays[3].second, &first_gathered = vars.arrays[4].second;
      REQUIRE(vars.arrays[3].first == "3");
      REQUIRE_FALSE(array_equal(second_average, first_gathered));
      std::swap(second_average, first_gathered);
    }
    const std::vector<std::byte> image = io::hdf5_content(weights).joined();
    const std::string path = folder.write(
        "keras.keras",
        zip_bytes({stored_entry("metadata.json",
                                in_turns ? R"({"keras_version": "3.9.2"})" : R"({"keras_version": "3.10.0"})"),
                   stored_entry("config.json", {reinterpret_cast<const char*>(config.data()), config.size()}),
                   stored_entry("model.weights.h5", {reinterpret_cast<const char*>(image.data()), image.size()})}));
    const std::vector<Tensor> loaded = state(load_model(path));
    REQUIRE(loaded.size() == expected.size());
    for (std::size_t i = 0; i < loaded.size(); ++i) CHECK(array_equal(loaded[i], expected[i]));
  }
}

TEST_CASE("operations that take options are written without a name among them, which Keras 3.3 to 3.10 refuse") {
  const TemporaryFolder folder;
  const Symbol x = Input({4, 6});
  const Model model({x}, {softmax(mean(x * 2, 1, true), -1)});
  model.save(folder / "model.keras");
  const saving::FileContents contents = saving::inspect(folder / "model.keras");
  int with_options = 0;
  for (const Config& layer : contents.config.at("config").at("layers").list()) {
    const Config& options = layer.at("config");
    if (layer.at("class_name") == Config("InputLayer")) continue;
    INFO(layer.str());
    CHECK(layer.find("name"));
    CHECK((options.find("name") == nullptr) == (options.find("axis") != nullptr));
    with_options += options.find("name") ? 0 : 1;
  }
  CHECK(with_options == 2);
  const Tensor data = randn({2, 4, 6});
  const Model loaded = load_model(folder / "model.keras");
  CHECK(array_equal(loaded.predict(data, {.verbose = 0}), model.predict(data, {.verbose = 0})));
  CHECK(loaded.to_json() == model.to_json());
}

TEST_CASE("losses, their weights and metrics of named outputs are written by name") {
  const TemporaryFolder folder;
  const Symbol x = Input({3});
  const Model model({x}, {{"z", layers::Dense(2)(x)}, {"c", layers::Dense(2)(x)}});
  model.compile({.optimizer = "sgd",
                 .loss = {losses::Loss("mse"), losses::Loss("mae")},
                 .loss_weights = {0.5, 2.0},
                 .metrics = {"mae", "mse"}});
  const Tensor data = randn({4, 3}), y = randn({4, 2});
  const auto score = [&](const Model& of) { return of.evaluate(data, {y, -y}, {.verbose = 0})["loss"]; };
  for (const char* name : {"model.keras", "model.h5"}) {
    INFO(name);
    model.save(folder / name);
    const Config compiled = saving::inspect(folder / name).compile_config;
    CHECK(compiled.at("loss") == parse_json(R"({"z": "mse", "c": "mae"})"));
    CHECK(compiled.at("loss_weights") == parse_json(R"({"z": 0.5, "c": 2.0})"));
    CHECK(compiled.at("metrics").entries().size() == 2);
    CHECK(score(load_model(folder / name)) == score(model));
  }
}

}  // namespace xtape::test
