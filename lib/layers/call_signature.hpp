#pragma once

#include <cstddef>
#include <string_view>
#include <vector>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

// How a call of a layer is spelt in Keras.
struct CallSignature {
  // The names of the arguments, in their order.
  std::vector<std::string_view> arguments;
  // How many of them, from the first on, are what Arguments::inputs lists: one tensor each, and the last all the rest.
  std::size_t inputs = 1;
  // Whether that last one is a list also where it is one tensor.
  bool ends_in_list = false;
  // Whether there are any number of arguments, one tensor each, which have one name together.
  bool is_variadic = false;
  // Whether there may be arguments of other names: the layer is of a class of one's own.
  bool is_open = false;

  bool takes(std::string_view name) const;
};

CallSignature call_signature(const LayerImpl& layer);

// Whether an argument of that name is a truth value, and no tensor.
bool is_flag_of_call(std::string_view name);

}  // namespace xtape::layers
