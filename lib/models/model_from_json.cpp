#include <string>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/load_limits.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model_from_json.hpp>
#include <xtape/models/model_impl.hpp>

// Apart from Model, so that a program that reads no models is not linked with all layers.
namespace xtape::models {

Model model_from_json(std::string_view json) {
  const detail::ConfigPlace::Outermost whole;
  const int64_t memory = detail::memory_of_machine();
  const detail::WeightLimit weights(memory, "the machine has no more memory");
  const detail::MemoryLimit limit(memory);
  try {
    const layers::Layer layer = layers::deserialize(parse_json(json));
    if (auto* const model = dynamic_cast<ModelImpl*>(&layer.impl())) return model->handle();
    throw ValueError("model_from_json: the text describes a " + layer.class_name() + ", which is no model");
  } catch (const OutOfMemory& error) {
    if (!limit.refused()) throw;
    throw ValueError("model_from_json: the model takes more than the " + std::to_string(limit.bytes()) +
                         " bytes that there are: " + error.message(),
                     error.path());
  }
}

}  // namespace xtape::models
