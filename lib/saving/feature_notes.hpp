#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "saving/feature_order.hpp"
#include "saving/tensor_axes.hpp"

namespace xtape::saving {

// What is found of a model while its axes are followed: what each layer takes and makes, in which order.
class FeatureNotes {
 public:
  using All = std::vector<TensorAxes>;

  // Places that a Reshape makes of the features of layers. Whether PyTorch has the channels in front of them is known
  // where a layer of images takes just these; a grid, or one that a Permute turns, is as it is there.
  struct MadePlaces {
    std::vector<const layers::LayerImpl*> makers;
    FeatureRun run;
    std::size_t places;
    bool can_be_sure, is_taken = false, is_disputed = false;
  };

  // What a layer that is given steps of elements of images takes.
  static FeatureRuns mixed_steps() {
    return {{.length = FeatureRun::steps, .factors = std::nullopt, .is_sure = false}};
  }

  // By the layer that has the weights. In several places, or of several inputs, a layer may be given features in
  // several orders.
  void note_input(const layers::LayerImpl& layer, const FeatureRuns& runs) { note(inputs_, layer, runs); }
  void note_made(const layers::LayerImpl& layer, const FeatureRuns& runs) { note(outputs_, layer, runs); }
  // What the layer takes of all of its inputs, and from whom.
  void note_taken(const layers::LayerImpl& layer, const All& inputs);
  void note_fixed(const layers::LayerImpl& layer, int64_t features, const std::string& what);
  // An output of the model.
  void note_output(const TensorAxes& output, std::size_t index);

  // Their number, as TensorAxes::made lists them.
  std::size_t add_places(MadePlaces made);
  // A layer of images takes the inputs, or one for which places are as others.
  void take_as_images(const All& inputs);
  void take_otherwise(const All& inputs);

  FeatureOrder result();

 private:
  using Runs = std::unordered_map<const layers::LayerImpl*, FeatureRuns>;

  static void note(Runs& all, const layers::LayerImpl& layer, const FeatureRuns& runs);

  Runs inputs_, outputs_;
  std::vector<MadePlaces> made_;
  std::vector<FixedOrder> fixed_;
  std::vector<std::pair<std::size_t, FeatureRuns>> outputs_of_model_;
  std::vector<const layers::LayerImpl*> handed_out_;
  std::unordered_map<const layers::LayerImpl*, std::vector<const layers::LayerImpl*>> takes_from_;
};

}  // namespace xtape::saving
