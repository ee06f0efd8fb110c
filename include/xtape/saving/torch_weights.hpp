#pragma once

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>
#include <xtape/models/model.hpp>
#include <xtape/shape.hpp>

/// PyTorch's weights in models of xtape.
/// ```
/// saving::print_weight_map(model, "net.pt");  // proposes the map
/// saving::load_torch_weights(model, "net.pt", {.map = {{"features.0", "conv"}, {"classifier", "dense"}}});
/// ```
/// The file is one that `torch.save(module.state_dict(), path)` wrote, or of tensors with such names as safetensors.
/// Kernels are transposed and biases joined as the layers need it; docs/files.md has the table.
namespace xtape::saving {

struct LoadTorchWeightsOptions {
  /// Names of modules, each with the layer that takes its weights: by its name or, where several layers have that, by
  /// its path in the model, "encoder/dense". A recurrent module of several layers is named once for each of them, in
  /// their order. A tensor may be given instead of a module, with the path of a weight: {"dw.weight",
  /// "separable_conv2d/depthwise_kernel"}.
  ///
  /// Default: layers and modules belong together if all layers are called as modules, with '_' or '/' for '.'; or else
  /// if the weights of each fit one of the others alone.
  std::vector<std::pair<std::string, std::string>> map = {};
  /// What the names in the file begin with, of which only those are read: "model_state_dict" of a dict that holds more
  /// than a model, "module" of a DataParallel. The names in `map` are those behind it.
  std::string prefix = {};
  /// By modules, what the features that they take are made of there, the first the slowest: {{"fc1", {64, 7, 7}}} of
  /// images [channels, height, width] that were flattened, whose elements lie in another order here; {{"lstm", {64,
  /// 7}}} of sequences whose steps are flattened. Of one length, as {{"fc1", {3136}}}: in the same order. Only needed
  /// where the model does not show it, as that of one's own, or leaves open which it is: functional and Sequential
  /// models show a Flatten of images. For a tensor that is named by itself: that of its module, or its own name.
  std::vector<std::pair<std::string, Shape>> flattened = {};
  /// The same for what they return, where that becomes an image: {{"decoder.fc", {64, 7, 7}}}.
  std::vector<std::pair<std::string, Shape>> unflattened = {};
  /// "pt", a file of torch.save, or "safetensors"; default: the latter if the name ends so.
  std::string format = {};
  /// Leaves layers as they are whose weights are not in the file or have other shapes there, and says so on std::cerr.
  bool skip_mismatch = false;
};

/// Sets the weights of a model to those of PyTorch.
/// @throws ValueError, listing all of them, for weights that are missing, too many or of other shapes, for names in the
/// options that are none, and for features whose order is not clear; for a model that is not built, an unknown format,
/// and, without a map, where it is not clear what belongs together; IOError, FormatError as io::load_pt and
/// io::load_safetensors. Nothing is changed then.
XTAPE_API void load_torch_weights(const models::Model& model, const std::string& filepath,
                                  const LoadTorchWeightsOptions& options = {});

/// Writes a map for load_torch_weights, to std::cout if `out` is left out, as C++: by names where they agree, else each
/// layer with the first module, in the order of the file, that fits it. What may be otherwise, and which orders of
/// features are open, is said beside it.
/// @throws as load_torch_weights, but for weights that do not fit.
XTAPE_API void print_weight_map(const models::Model& model, const std::string& filepath,
                                const LoadTorchWeightsOptions& options = {});
XTAPE_API void print_weight_map(const models::Model& model, const std::string& filepath, std::ostream& out,
                                const LoadTorchWeightsOptions& options = {});

}  // namespace xtape::saving
