#pragma once

#include <xtape/models/model.hpp>

#include "io/array_group.hpp"
#include "saving/release.hpp"
#include "saving/weights_plan.hpp"

// The weights of Keras's older format: a group for each layer of the model, whose attribute `weight_names` lists its
// arrays. Layers are matched by their order, or by their names; the weights of a layer as legacy_order.hpp has it.
namespace xtape::saving {

io::ArrayGroup legacy_weights(const models::Model& model);

struct LegacyReading {
  bool by_name = false;
  bool skips = false;
  Release release = {};
};
void plan_legacy_weights(const io::ArrayGroup& file, const models::Model& model, const LegacyReading& reading,
                         WeightsPlan& plan);

// The arrays that the attribute `weight_names` of a group lists, in its order. @throws FormatError naming one that is
// not there.
std::vector<std::pair<std::string, Tensor>> listed_arrays(const io::ArrayGroup& group, const std::string& name);

}  // namespace xtape::saving
