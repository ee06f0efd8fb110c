#pragma once

#include <map>
#include <string>
#include <xtape/export.hpp>

namespace xtape::layers {

/// Files by their names: "vocabulary.txt", and the bytes in it.
using Assets = std::map<std::string, std::string>;

/// What a layer derives from, beside LayerImpl, that keeps more than options and weights, as a vocabulary. `.keras`
/// files have it below `assets/`, in a folder for each layer, as Keras does:
/// ```
/// struct VocabularyImpl : layers::LayerImpl, layers::KeepsAssets {
///   std::string words;
///   layers::Assets save_assets() const override { return {{"vocabulary.txt", words}}; }
///   void load_assets(const layers::Assets& assets) override { words = assets.at("vocabulary.txt"); }
///   ...
/// };
/// ```
class XTAPE_API KeepsAssets {
 public:
  virtual ~KeepsAssets();
  /// What goes along when a model is saved. Names are not empty.
  virtual Assets save_assets() const = 0;
  /// Called by load_model after the weights are set, with what the file has for this layer.
  virtual void load_assets(const Assets& assets) = 0;
};

}  // namespace xtape::layers
