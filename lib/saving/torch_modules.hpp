#pragma once

#include <cstddef>
#include <string>
#include <vector>
#include <xtape/io/named_tensors.hpp>

// The tensors of a state_dict by what they belong to.
namespace xtape::saving {

// A module of PyTorch; of a recurrent one of several layers, one of these.
struct TorchModule {
  // "encoder.fc"; empty for the whole.
  std::string name;
  std::size_t layer = 0;
  // Whether there are others of that name.
  bool is_one_of_several = false;
  // By their names within the module: "weight", "weight_ih_l0_reverse", "out_proj.weight".
  io::NamedTensors tensors;
};

// "encoder.fc.weight".
std::string full_name(const TorchModule& module, const std::string& tensor);

// Each tensor is in one of them; counts of batches, which no layer here has, are in none. In the order of the file.
std::vector<TorchModule> torch_modules(const io::NamedTensors& file);

}  // namespace xtape::saving
