#include "golden/make_layer.hpp"

#include <vector>
#include <xtape/json.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/registry.hpp>

namespace xtape::test {

layers::Layer make_layer(const std::string& class_name, const Config& config) {
  // A file has a batch_shape here.
  if (class_name == "InputLayer") {
    xtape::Config::List batch_shape{nullptr};
    for (const int64_t length : config.integers("shape")) batch_shape.emplace_back(length);
    xtape::Config input = xtape::Config::dict();
    input.set("batch_shape", std::move(batch_shape));
    input.set("dtype", config.text("dtype", "float32"));
    return layers::InputLayer::from_config(input);
  }
  xtape::Config layer = xtape::Config::dict();
  layer.set("class_name", class_name);
  layer.set("config", parse_json(config.json_text()));
  return layers::deserialize(layer);
}

}  // namespace xtape::test
