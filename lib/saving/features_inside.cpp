#include "saving/features_inside.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>

#include "saving/feature_layers.hpp"

namespace xtape::saving {

using layers::LayerImpl;

namespace {

// What is known of the layers in one whose calls are not.
struct Inside {
  std::vector<LayerImpl*> layers;
  // Lengths of rows that are no flattened images: of inputs, of steps, and of channels whose places were pooled.
  std::unordered_set<int64_t> rows;
  // Those that layers make of rows, with that of the rows.
  std::vector<std::pair<int64_t, int64_t>> made_of_rows;
  // Of the channels of images, and of whole images.
  std::unordered_set<int64_t> channels, images;
  bool has_images = false, has_mixed_steps = false;
  // Features in an order that may not be PyTorch's.
  std::optional<FeatureRuns> given = std::nullopt;

  // A length that images have may be that of one in any case, also where something else has it too.
  bool may_be_flattened(int64_t length) const {
    if (!has_images || rows.contains(length)) return has_images && images.contains(length);
    const auto makes_it = [&](const auto& each) { return each.second == length && each.first != length; };
    return images.contains(length) || std::none_of(made_of_rows.begin(), made_of_rows.end(), makes_it);
  }
};

bool is_of_places(const LayerImpl& layer) {
  const std::string kind = layer.class_name();
  return layer.built() && layer.build_shape().rank() > 2 && (is_convolution(kind) || changes_places(kind));
}

void gather_lengths(LayerImpl& layer, Inside& inside) {
  const std::string kind = layer.class_name();
  const Shape& shape = layer.build_shape();
  const bool is_of_images = is_of_places(layer);
  inside.has_images = inside.has_images || shape.rank() > 3 || is_of_images;
  if (pools_all(kind)) {
    inside.rows.insert(last_length(shape));
  } else if (is_of_images) {
    inside.channels.insert(last_length(shape));
    for (const Shape& each : {shape, layer.compute_output_shape(shape)}) {
      int64_t elements = 1;
      for (int i = 1; i < each.rank(); ++i) elements = elements < 0 || each[i] < 0 ? -1 : elements * each[i];
      if (elements != last_length(each)) inside.images.insert(elements);
    }
  } else if (shape.rank() == 3) {
    inside.rows.insert(last_length(shape));
  }
  for (const layers::Variable& weight : layer.own_weights()) {
    const Shape& weight_shape = weight.value.shape();
    if (weight.name == "recurrent_kernel") inside.rows.insert(weight_shape[0]);
    if (weight_shape.rank() < 1 || is_of_images || !makes_features(layer)) continue;
    if (shape.rank() == 2) inside.made_of_rows.emplace_back(last_length(shape), last_length(weight_shape));
    if (shape.rank() == 3) inside.rows.insert(last_length(weight_shape));
  }
}

void gather(LayerImpl& layer, bool is_in_graph, Inside& inside) {
  if (layer.built()) gather_lengths(layer, inside);
  if (!is_in_graph) inside.layers.push_back(&layer);
  for (const auto& part : layer.parts()) gather(*part, is_in_graph || is_recurrent(layer) || has_graph(layer), inside);
}

// Whether what it makes of rows may become an image: nothing else takes it, and a layer of images comes behind it.
bool may_become_image(const Inside& inside, std::size_t which, int64_t length) {
  const auto is_behind = [&](const LayerImpl* other) {
    return is_of_places(*other) && !pools_all(other->class_name());
  };
  const auto first = inside.layers.begin() + static_cast<std::ptrdiff_t>(which) + 1;
  if (std::none_of(first, inside.layers.end(), is_behind)) return false;
  if (inside.images.contains(length)) return true;
  const bool is_taken = std::any_of(inside.made_of_rows.begin(), inside.made_of_rows.end(),
                                    [&](const auto& each) { return each.first == length; });
  return !is_taken && !inside.rows.contains(length) && !inside.channels.contains(length);
}

bool reshapes(const LayerImpl& layer) {
  const std::string kind = layer.class_name();
  return layer.built() && (kind == "Flatten" || kind == "Reshape") && layer.build_shape().rank() > 1;
}

// What the layer takes, where another order than PyTorch's is to be thought of.
std::optional<FeatureRun> taken_by(const LayerImpl& layer, const Inside& inside) {
  const Shape& shape = layer.build_shape();
  std::optional<FeatureRun> taken;
  for (LayerImpl* other : inside.layers) {
    if (taken || !reshapes(*other)) continue;
    const Shape to = other->compute_output_shape(other->build_shape());
    if (last_length(to) != last_length(shape)) continue;
    const FeatureRuns runs = reshaped_axes(fresh_axes(other->build_shape(), 0), to).features;
    if (!is_plain(runs)) taken = runs[0];
  }
  if (!taken && inside.given && length_of(*inside.given) == last_length(shape)) {
    taken = inside.given->size() == 1 ? inside.given->front()
                                      : FeatureRun{.length = last_length(shape), .factors = std::nullopt};
    taken->is_sure = false;
  }
  if (!taken && shape.rank() == 2 && inside.may_be_flattened(last_length(shape))) {
    taken = FeatureRun{.length = last_length(shape), .factors = std::nullopt, .is_sure = false};
  }
  return taken;
}

// What of it may become an image.
std::vector<FeatureRun> made_by(const LayerImpl& layer, const LayerImpl& owner, std::size_t which,
                                const Inside& inside) {
  std::vector<FeatureRun> all;
  const int64_t length = last_length(owner.own_weights()[0].value.shape());
  for (LayerImpl* other : inside.layers) {
    if (!reshapes(*other) || other->build_shape().rank() != 2) continue;
    const Shape& from = other->build_shape();
    if (last_length(from) != length) continue;
    const TensorAxes images = reshaped_axes(fresh_axes(from, 0), other->compute_output_shape(from));
    FeatureRun made{.length = last_length(from), .factors = parts_of_features(images, true), .is_sure = false};
    if (!made.is_plain()) all.push_back(std::move(made));
  }
  if (all.empty() && layer.build_shape().rank() == 2 && may_become_image(inside, which, length)) {
    all.push_back({.length = length, .factors = std::nullopt, .is_sure = false});
  }
  return all;
}

LayerInside layer_inside(std::size_t which, const Inside& inside) {
  LayerImpl& layer = *inside.layers[which];
  LayerInside result{.layer = &layer, .taken = taken_by(layer, inside)};
  const LayerImpl& owner = with_weights(layer);
  if (has_graph(layer) || owner.own_weights().empty()) return result;
  const bool takes_steps = inside.has_mixed_steps && layer.build_shape().rank() > 2 && makes_features(layer);
  result.takes_mixed_steps = takes_steps && !takes_steps_alike(layer, layer.class_name());
  result.made = made_by(layer, owner, which, inside);
  return result;
}

}  // namespace

std::vector<LayerInside> layers_inside(const LayerImpl& layer, const std::vector<TensorAxes>& inputs) {
  Inside inside;
  for (const TensorAxes& input : inputs) {
    if (!is_plain(input.features)) inside.given = input.features;
    if (is_plain(input.features) && input.front.size() < 2) inside.rows.insert(length_of(input.features));
    inside.has_images = inside.has_images || input.front.size() > 1;
    inside.has_mixed_steps = inside.has_mixed_steps || has_mixed_steps(input);
  }
  for (const Shape& shape : inputs.empty() ? layer.build_shapes() : std::vector<Shape>()) {
    inside.has_images = inside.has_images || shape.rank() > 3;
    if (shape.rank() == 2 || shape.rank() == 3) inside.rows.insert(last_length(shape));
  }
  for (const auto& part : layer.parts()) gather(*part, false, inside);
  std::vector<LayerInside> result;
  for (std::size_t i = 0; i < inside.layers.size(); ++i) {
    if (inside.layers[i]->built()) result.push_back(layer_inside(i, inside));
  }
  return result;
}

}  // namespace xtape::saving
