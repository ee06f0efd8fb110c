#include "saving/tensor_axes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace xtape::saving {
namespace {

bool is_channels(const Factor& factor) { return factor.place == Factor::channels; }

bool has_places(const Factors& factors) {
  return std::any_of(factors.begin(), factors.end(), [](const Factor& factor) { return !is_channels(factor); });
}

Factors factors_of(int64_t length, int place) { return length == 1 ? Factors() : Factors{{length, place}}; }

// All axes, one behind the other; nothing where one is not known.
std::optional<Factors> all_factors(const TensorAxes& axes) {
  if (axes.features.size() > 1 || (!axes.features.empty() && !axes.features[0].factors)) return std::nullopt;
  Factors all;
  for (const Factors& axis : axes.front) all.insert(all.end(), axis.begin(), axis.end());
  if (!axes.features.empty()) {
    all.insert(all.end(), axes.features[0].factors->begin(), axes.features[0].factors->end());
  }
  return all;
}

// The factors by axes of these lengths, from the fastest on; one that several axes share is divided. What is left is
// the first axis.
std::optional<std::vector<Factors>> regrouped(Factors factors, const std::vector<int64_t>& lengths) {
  std::vector<Factors> groups(lengths.size());
  for (std::size_t i = lengths.size(); i-- > 0;) {
    if (i == 0) {
      int64_t product = 1;
      for (const Factor& factor : factors) product = factor.length < 0 || product < 0 ? -1 : product * factor.length;
      if (lengths[0] >= 0 && product >= 0 && product != lengths[0]) return std::nullopt;
      groups[0] = std::move(factors);
      break;
    }
    int64_t open = lengths[i];
    while (open != 1) {
      if (factors.empty() || open < 1 || factors.back().length < 1) return std::nullopt;
      Factor& last = factors.back();
      if (open % last.length == 0) {
        open /= last.length;
        groups[i].insert(groups[i].begin(), last);
        factors.pop_back();
      } else if (last.length % open == 0) {
        groups[i].insert(groups[i].begin(), Factor{open, last.place});
        last.length /= open;
        open = 1;
      } else {
        return std::nullopt;
      }
    }
  }
  return groups;
}

std::vector<int64_t> without_batch(const Shape& shape) {
  return {shape.begin() + (shape.rank() > 0 ? 1 : 0), shape.end()};
}

bool all_plain_channels(const FeatureRuns& runs) {
  return std::all_of(runs.begin(), runs.end(),
                     [](const FeatureRun& run) { return run.factors && !has_places(*run.factors); });
}

}  // namespace

bool is_mixed(const Factors& factors) {
  return has_places(factors) && std::any_of(factors.begin(), factors.end(), is_channels);
}

int64_t length_of(const FeatureRuns& runs) {
  int64_t length = 0;
  for (const FeatureRun& run : runs) length += run.length;
  return length;
}

bool has_mixed_steps(const TensorAxes& axes) { return std::any_of(axes.front.begin(), axes.front.end(), is_mixed); }

TensorAxes fresh_axes(const Shape& shape, int places) {
  TensorAxes axes;
  axes.places = places;
  const std::vector<int64_t> lengths = without_batch(shape);
  if (lengths.empty()) return axes;
  for (std::size_t i = 0; i + 1 < lengths.size(); ++i) {
    axes.front.push_back(factors_of(lengths[i], static_cast<int>(i)));
  }
  axes.features.push_back({.length = lengths.back(), .factors = factors_of(lengths.back(), Factor::channels)});
  return axes;
}

TensorAxes unknown_axes(const Shape& shape) {
  TensorAxes axes = fresh_axes(shape, 0);
  for (FeatureRun& run : axes.features) {
    run.factors.reset();
    run.is_sure = false;
  }
  axes.knows_makers = false;
  return axes;
}

TensorAxes reshaped_axes(const TensorAxes& axes, const Shape& shape) {
  const std::vector<int64_t> lengths = without_batch(shape);
  if (lengths.empty()) return fresh_axes(shape, 0);
  if (axes.front.empty() && lengths.size() == 1) return axes;
  // Rows become images.
  if (axes.front.empty() && all_plain_channels(axes.features)) {
    TensorAxes result = fresh_axes(shape, static_cast<int>(lengths.size()) - 1);
    result.is_permuted = axes.is_permuted;
    return result;
  }
  const std::optional<Factors> all = all_factors(axes);
  std::optional<std::vector<Factors>> groups;
  if (all) groups = regrouped(*all, lengths);
  if (!groups) {
    TensorAxes result = unknown_axes(shape);
    result.makers = axes.makers;
    return result;
  }
  const FeatureRun& before = axes.features[0];
  FeatureRun run{.length = lengths.back(), .factors = groups->back(), .is_permuted = axes.is_permuted};
  if (groups->back() == *before.factors) {
    run = before;
  } else if (is_mixed(*run.factors)) {
    // A whole image whose channels PyTorch has in front of its places, as convolutions leave it.
    const bool is_image =
        axes.is_image && axes.places >= 2 && !axes.is_permuted && before.is_plain() && *run.factors == *all &&
        std::none_of(axes.front.begin(), axes.front.end(),
                     [](const Factors& axis) { return std::any_of(axis.begin(), axis.end(), is_channels); });
    // TensorAxes before the image, as of time, come first there too if all is flattened at once.
    const std::size_t before_image = axes.front.size() - static_cast<std::size_t>(axes.places);
    run.is_sure = is_image && before_image == 0;
    if (is_image) {
      for (std::size_t i = 0; i < before_image; ++i) run.before_channels += static_cast<int>(axes.front[i].size());
    }
  }
  TensorAxes result;
  result.front.assign(groups->begin(), groups->end() - 1);
  result.features = {std::move(run)};
  result.is_permuted = axes.is_permuted;
  result.makers = axes.makers;
  result.knows_makers = axes.knows_makers;
  // A flattened image that becomes one again.
  const bool is_image_again = !result.front.empty() && before.is_sure && is_mixed(*before.factors) &&
                              std::all_of(result.front.begin(), result.front.end(),
                                          [](const Factors& axis) { return axis.size() <= 1 && !is_mixed(axis); }) &&
                              all_plain_channels(result.features);
  if (is_image_again) {
    result.places = static_cast<int>(result.front.size());
    result.is_image = true;
  }
  return result;
}

TensorAxes permuted_axes(const TensorAxes& axes, const std::vector<int>& dims) {
  std::vector<Factors> all = axes.front;
  std::vector<int64_t> lengths;
  const bool is_known = axes.features.size() == 1 && axes.features[0].factors;
  TensorAxes result;
  if (!is_known || dims.size() != all.size() + 1) {
    Shape shape(dims.size() + 1, -1);
    result = unknown_axes(shape);
    result.makers = axes.makers;
    result.is_permuted = true;
    return result;
  }
  all.push_back(*axes.features[0].factors);
  for (std::size_t i = 0; i + 1 < dims.size(); ++i) result.front.push_back(all[static_cast<std::size_t>(dims[i]) - 1]);
  if (static_cast<std::size_t>(dims.back()) == all.size()) {
    result.features = axes.features;
    result.makers = axes.makers;
  } else {
    const Factors& last = all[static_cast<std::size_t>(dims.back()) - 1];
    FeatureRun run{.length = 1, .factors = last, .is_permuted = true};
    for (const Factor& factor : last) run.length *= factor.length;
    run.is_sure = !is_mixed(last);
    result.features = {std::move(run)};
  }
  result.is_permuted = true;
  result.knows_makers = axes.knows_makers;
  return result;
}

TensorAxes axes_behind_unknown(const std::vector<TensorAxes>& inputs, const Shape& shape) {
  TensorAxes result = unknown_axes(shape);
  if (result.features.empty() || inputs.empty()) return fresh_axes(shape, 0);
  const bool are_rows = std::all_of(inputs.begin(), inputs.end(), [](const TensorAxes& input) {
    return input.front.empty() && all_plain_channels(input.features);
  });
  if (length_of(inputs[0].features) == last_length(shape)) {
    result.features = inputs[0].features;
    for (FeatureRun& run : result.features) {
      if (!run.is_plain()) run.is_sure = false;
    }
    if (result.front.size() == inputs[0].front.size()) result.front = inputs[0].front;
  } else if (are_rows && shape.rank() == 2) {
    result = fresh_axes(shape, 0);
  }
  for (const TensorAxes& input : inputs) {
    add_new(result.makers, input.makers);
    result.is_permuted = result.is_permuted || input.is_permuted;
  }
  result.knows_makers = false;
  return result;
}

TensorAxes joined_axes(const std::vector<TensorAxes>& inputs, const Shape& shape) {
  TensorAxes result = inputs[0];
  result.features.clear();
  result.makers.clear();
  result.knows_makers = false;
  for (const TensorAxes& input : inputs) {
    result.features.insert(result.features.end(), input.features.begin(), input.features.end());
    add_new(result.makers, input.makers);
    result.is_permuted = result.is_permuted || input.is_permuted;
    if (input.places != result.places) result.places = 0;
    result.is_image = result.is_image || input.is_image;
    add_new(result.made, input.made);
  }
  if (all_plain_channels(result.features)) {
    result.features = {{.length = last_length(shape), .factors = factors_of(last_length(shape), Factor::channels)}};
  }
  return result;
}

TensorAxes pooled_axes(TensorAxes axes, const Shape& shape) {
  TensorAxes result = fresh_axes(shape, shape.rank() - 2);
  result.features = std::move(axes.features);
  result.is_image = axes.is_image;
  result.is_permuted = axes.is_permuted;
  result.makers = std::move(axes.makers);
  result.knows_makers = axes.knows_makers;
  return result;
}

bool is_plain(const FeatureRuns& runs) {
  return std::all_of(runs.begin(), runs.end(), [](const FeatureRun& run) { return run.is_plain(); });
}

Factors parts_of_features(const TensorAxes& result, bool are_rows) {
  Factors parts;
  int place = 0;
  for (const Factors& axis : result.front) {
    for (const Factor& factor : axis) {
      if (are_rows || factor.place == Factor::channels) parts.push_back({factor.length, place++});
    }
  }
  for (const Factor& factor : *result.features[0].factors) parts.push_back({factor.length, Factor::channels});
  return parts;
}

}  // namespace xtape::saving
