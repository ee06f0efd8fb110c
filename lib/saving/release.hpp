#pragma once

#include <optional>
#include <string>
#include <xtape/config.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/shape.hpp>

#include "io/array_group.hpp"

namespace xtape::saving {

// Whose files these are: releases of Keras differ in what the same configuration computes.
struct Release {
  int major = 3, minor = 0;
  // Whether xtape wrote the file, which says by itself what its layers do.
  bool is_ours = false;

  bool is_before(int other_major, int other_minor) const {
    return major != other_major ? major < other_major : minor < other_minor;
  }
  // 3.0 stands for files that do not say their release.
  bool is_known() const { return major != 3 || minor != 0; }
  // In 3.1 to 3.3 layers that take a list of tensors give no masks, and Multiply and others do not look at theirs.
  bool merges_masks() const { return is_before(3, 1) || !is_before(3, 4); }
  // Until 3.10 what a call names `mask` goes no further than to its layer: the mask on its input does.
  bool hands_on_given_masks() const { return is_before(3, 1) || !is_before(3, 11); }
  // From 3.16 on recurrent layers, Bidirectional and TimeDistributed give no masks.
  bool passes_masks() const { return is_before(3, 16); }
  // Until 3.15 gamma and beta of several axes have them in the order that is given.
  bool sorts_axes() const { return is_ours || !is_before(3, 16); }
  // Until 3.15 a model of a graph has its layers train if it does itself, whatever is written of their calls, which
  // have the default of `call` there: of Dropout false.
  bool overrides_training() const { return !is_ours && is_before(3, 16); }
  // Until 3.15 Tversky's alpha weighs false negatives, and beta false positives.
  bool swaps_tversky() const { return !is_ours && is_before(3, 16); }
};

// What new files say.
inline constexpr const char* written_release = "3.16.0";

// "3.8.0". One that is not understood, or missing, is an old one.
Release release_of(const std::string& keras_version);
// That of a file of weights alone: of those in Keras's newer format only ours say it.
Release release_of_weights(const io::ArrayGroup& file);
// The attribute of these.
inline constexpr const char* own_format = "xtape_format";

// The configuration of a model, loss and all, as today's classes take it.
Config translated(const Config& config, const Release& release);
// Has the layers of a model do what that release does.
void follow(const Release& release, layers::LayerImpl& model);
// Whether masks come to a layer of the model that passes them on and did not in that release: then it predicts
// otherwise.
bool has_other_masks(const Release& release, const layers::LayerImpl& model);

// The shape that gamma and beta of a LayerNormalization had in releases that do not sort its axes, with the elements in
// the same order; nothing for other layers.
std::optional<Shape> shape_before_3_16(const layers::LayerImpl& layer);

}  // namespace xtape::saving
