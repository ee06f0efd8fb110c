#pragma once

#include <string>

namespace xtape::saving {

struct SaveOptions {
  /// "keras" or "h5", Keras's older format; default: what the name ends with.
  std::string format = {};
  /// Whether a file that is there is replaced.
  bool overwrite = true;
  /// Whether the optimizer's state and what the model was compiled with go along.
  bool include_optimizer = true;
  /// Has load_model compute the outputs of a few inputs and compare them with those of now.
  bool self_test = false;
};

struct SaveWeightsOptions {
  /// "weights.h5", "h5", Keras's older format, "safetensors" or "npz"; default: what the name ends with.
  std::string format = {};
  bool overwrite = true;
};

struct LoadWeightsOptions {
  /// As in SaveWeightsOptions, or "keras"; default: what the name ends with.
  std::string format = {};
  /// Leaves layers as they are whose weights are not in the file or have other shapes there, and says so on std::cerr.
  bool skip_mismatch = false;
  /// Takes layers by their names, where the file has them: for models that share some. Where none has, that is said on
  /// std::cerr. For "h5".
  bool by_name = false;
};

}  // namespace xtape::saving
