#include <algorithm>
#include <string>
#include <utility>
#include <vector>
#include <xtape/fields.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/sequential.hpp>

// Apart from Sequential, so that a program that reads no models is not linked with all layers.
namespace xtape::models {
namespace {

struct SequentialFields {
  SequentialOptions options;
  // That of its layers counts.
  DType dtype = float32;
  std::vector<Config> layers;
  // What a model was built for; null if it was not.
  Config build_input_shape;

  void fields(Fields& f) {
    f("name", options.name)("trainable", options.trainable)("dtype", dtype)("layers", layers);
    f("build_input_shape", build_input_shape);
  }
};

}  // namespace

Sequential Sequential::from_config(const Config& config) {
  auto given = read_fields<SequentialFields>(config, "Sequential");
  Sequential model(std::move(given.options));
  // A layer that is in it twice is written twice: no two layers of a model have one name.
  std::vector<std::pair<const Config*, layers::Layer>> made;
  for (const Config& config : given.layers) {
    const auto before = std::find_if(made.begin(), made.end(), [&](const auto& one) { return *one.first == config; });
    made.emplace_back(&config, before == made.end() ? layers::deserialize(config) : before->second);
    model.add(made.back().second);
  }
  if (!model.built() && !given.build_input_shape.is_null()) {
    Shape shape;
    xtape::from_config(given.build_input_shape, shape);
    model.build(shape);
  }
  return model;
}

}  // namespace xtape::models
