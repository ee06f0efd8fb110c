#include "golden/make_layer.hpp"

#include <vector>
#include <xtape/json.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/registry.hpp>

namespace xtape::test {

layers::Layer make_layer(const std::string& class_name, const Config& config) {
  // A file has a batch_shape here.
  if (class_name == "InputLayer") {
    const std::vector<int64_t> shape = config.integers("shape");
    return layers::InputLayer(Shape(shape.begin(), shape.end()));
  }
  xtape::Config layer = xtape::Config::dict();
  layer.set("class_name", class_name);
  layer.set("config", parse_json(config.json_text()));
  return layers::deserialize(layer);
}

}  // namespace xtape::test
