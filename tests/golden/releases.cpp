#include <algorithm>
#include <filesystem>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "golden/cases.hpp"
#include "source_folder.hpp"

// Files that releases of Keras from 3.3 to 3.16 saved, with inputs and predictions beside them.
namespace xtape::test {
namespace {

namespace fs = std::filesystem;

const fs::path folder = source_folder() + "/golden/data/releases";

std::vector<Tensor> arrays(const fs::path& model, const std::string& role) {
  std::vector<Tensor> result;
  for (int i = 0;; ++i) {
    const fs::path path = fs::path(model).replace_extension(role + std::to_string(i) + ".npy");
    if (!fs::exists(path)) return result;
    result.push_back(io::load_npy(path.string()));
  }
}

std::vector<fs::path> models() {
  std::vector<fs::path> result;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".keras" || entry.path().extension() == ".h5") result.push_back(entry.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

TEST_CASE("models that releases of Keras from 3.3 to 3.16 saved predict what they did") {
  REQUIRE(models().size() > 30);
  for (const fs::path& path : models()) {
    DYNAMIC_SECTION(path.lexically_relative(folder).string()) {
      const Model model = load_model(path.string());
      const std::vector<Tensor> expected = arrays(path, "pred");
      const std::vector<Tensor> predictions = model.predict_all(arrays(path, "x"), {.verbose = 0});
      REQUIRE(predictions.size() == expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) check_close("prediction", predictions[i], expected[i], 1e-5);
      const std::string name = path.stem().string();
      CHECK(model.compiled() == (name == "compiled" || name == "two_losses" || name == "losses_of_all" ||
                                 name == "tversky" || name == "lists_of_named_outputs"));
    }
  }
}

TEST_CASE("Tversky weighs errors as the release did that saved the model") {
  set_random_seed(1);
  const Tensor x = randn({5, 4}), y = randint(0, 2, {5, 2}).astype(float32);
  const losses::Tversky swapped({.alpha = 0.8, .beta = 0.2}), as_given({.alpha = 0.2, .beta = 0.8});
  REQUIRE(std::abs(swapped(y, full({5, 2}, 0.7)).item() - as_given(y, full({5, 2}, 0.7)).item()) > 1e-3);
  for (const char* release : {"v3_3_3", "v3_15_1", "v3_16_0"}) {
    INFO(release);
    const Model model = load_model((folder / release / "tversky.keras").string());
    const Tensor expected = (release == std::string("v3_16_0") ? as_given : swapped)(y, model(x));
    CHECK(model.evaluate(x, y, {.batch_size = 5, .verbose = 0})["loss"] == Approx(expected.item()).epsilon(1e-6));
  }
}

TEST_CASE("lists of losses and metrics are of named outputs in their alphabetical order") {
  const Model model = load_model((folder / "v3_8_0/lists_of_named_outputs.keras").string());
  const Tensor x = ones({4, 3}), z = full({4, 2}, 3), c = zeros({4, 2});
  const std::vector<Tensor> outputs = model.predict_all({x}, {.verbose = 0});
  REQUIRE(model.output_names() == std::vector<std::string>{"z", "c"});
  const auto score = model.evaluate(x, {{"z", z}, {"c", c}}, {.verbose = 0});
  const double of_z = losses::MeanAbsoluteError()(z, outputs[0]).item();
  const double of_c = losses::MeanSquaredError()(c, outputs[1]).item();
  CHECK(score["loss"] == Approx(0.25 * of_c + 2 * of_z).epsilon(1e-6));
  CHECK(score["c_mae"] == Approx(losses::MeanAbsoluteError()(c, outputs[1]).item()).epsilon(1e-6));
  CHECK(score["z_mse"] == Approx(losses::MeanSquaredError()(z, outputs[0]).item()).epsilon(1e-6));
}

TEST_CASE("layers of functional models train as in the release that saved them") {
  // Dropout(i), and a model with another one that was called with training=False, which counts from 3.16 on. Until then
  // files have the default of Dropout's call, false, for the first one too.
  const auto largest = [](const char* release) {
    const Model model = load_model((folder / release / "dropouts.keras").string());
    return max(model(ones({8, 8}), {.training = true})).item();
  };
  CHECK(largest("v3_8_0") == 4);
  CHECK(largest("v3_16_0") == 2);
}

}  // namespace xtape::test
