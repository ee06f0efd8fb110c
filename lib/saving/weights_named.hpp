#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>
#include <xtape/io/named_tensors.hpp>
#include <xtape/models/model.hpp>

#include "io/npz_reader.hpp"
#include "saving/weights_plan.hpp"

// Weights by their paths below the model, "dense/kernel", as safetensors and npz files have them.
namespace xtape::saving {

io::NamedTensors named_weights(const models::Model& model);

// Arrays of a file, which are read one by one: those of other shapes than the model has are not, however large they
// are.
struct NamedArrays {
  std::vector<std::string> names;
  std::function<io::NpzReader::Array(std::size_t index, const io::NpzReader::Wanted& wanted)> read;
};

// Matched by names. Where not one is the same, as of layers that were never named and are numbered otherwise now, by
// their order, if each is called alike in its layer.
void plan_named_weights(const NamedArrays& file, const models::Model& model, bool skips, WeightsPlan& plan);

}  // namespace xtape::saving
