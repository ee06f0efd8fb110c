#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/shape.hpp>

// What the axes of a tensor of a model are made of, followed through layers that reshape, permute and join. PyTorch has
// the channels of images in front of their places, so that what both were flattened to is in another order there.
namespace xtape::saving {

// A length that an axis is made of: of places (height, width, time), counted from the first axis on, or of channels.
struct Factor {
  static constexpr int channels = -1;

  int64_t length;  // -1 where it is not known
  int place;

  bool operator==(const Factor&) const = default;
};

// The slowest one first; lengths of 1 are left out.
using Factors = std::vector<Factor>;

// Whether it has both places and channels, whose order PyTorch may have otherwise.
bool is_mixed(const Factors& factors);

// What the last axis, or a part of it, is made of.
struct FeatureRun {
  // Lengths that say that a layer takes features in several orders, or steps that are elements of images.
  static constexpr int64_t several = -2, steps = -3;

  int64_t length = 0;
  // Nothing where it is not known.
  std::optional<Factors> factors = Factors();
  // So many factors are in front of the channels in PyTorch; whether that is certain.
  int before_channels = 0;
  bool is_sure = true;
  // Whether a Permute lies between the image and what it was flattened to.
  bool is_permuted = false;

  bool is_plain() const { return factors && !is_mixed(*factors); }
  bool operator==(const FeatureRun&) const = default;
};

// 1 of a single number.
inline int64_t last_length(const Shape& shape) { return shape.empty() ? 1 : shape.back(); }

using FeatureRuns = std::vector<FeatureRun>;
int64_t length_of(const FeatureRuns& runs);
bool is_plain(const FeatureRuns& runs);

struct TensorAxes {
  // Those between the batch and the last one.
  std::vector<Factors> front;
  // The last one: several runs where different ones were joined. None of a tensor that has no axis but the batch.
  FeatureRuns features;
  // So many axes in front of the last one are places that PyTorch has behind the channels; 0 if it has none there, or
  // that is not known.
  int places = 0;
  // Whether a layer of images, such as a convolution, is what says that they are places.
  bool is_image = false;
  bool is_permuted = false;
  // Reshapes that made these places of features, as FeatureOrder's scan counts them.
  std::vector<std::size_t> made = {};
  // The layers, in their order, whose weights lie along the last axis; whether nothing unknown lies between.
  std::vector<const layers::LayerImpl*> makers = {};
  bool knows_makers = true;
};

// Appends those that are not there yet.
template <class T>
void add_new(std::vector<T>& all, const std::vector<T>& others) {
  for (const T& each : others) {
    if (std::find(all.begin(), all.end(), each) == all.end()) all.push_back(each);
  }
}

// Whether one of the axes in front of the last one has both places and channels.
bool has_mixed_steps(const TensorAxes& axes);

// What features were divided into by a Reshape; all but the last are places. `are_rows`: they had no axes in front of
// them.
Factors parts_of_features(const TensorAxes& result, bool are_rows);

// Of places, and channels of their own. Shapes are those of batches.
TensorAxes fresh_axes(const Shape& shape, int places);

// Nothing is known of its features.
TensorAxes unknown_axes(const Shape& shape);

// As Reshape and Flatten do.
TensorAxes reshaped_axes(const TensorAxes& axes, const Shape& shape);

// As Permute({dims}), which are counted from 1.
TensorAxes permuted_axes(const TensorAxes& axes, const std::vector<int>& dims);

// Behind a layer that is not known: what kept the length of its last axis is taken to keep its features where they are,
// but not to be sure of it.
TensorAxes axes_behind_unknown(const std::vector<TensorAxes>& inputs, const Shape& shape);

// Of two or more that are joined along their last axis.
TensorAxes joined_axes(const std::vector<TensorAxes>& inputs, const Shape& shape);

// Places of other lengths, as pooling makes them: the features stay.
TensorAxes pooled_axes(TensorAxes axes, const Shape& shape);

}  // namespace xtape::saving
