#include "saving/feature_index.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace xtape::saving {
namespace {

// By axes in PyTorch's order, which ones they are here.
using Order = std::vector<std::size_t>;

Shape lengths_of(const Factors& factors) {
  Shape lengths;
  for (const Factor& factor : factors) lengths.push_back(factor.length);
  return lengths;
}

Shape in_order(const Shape& shape, const Order& order) {
  Shape result;
  for (const std::size_t axis : order) result.push_back(shape[static_cast<int>(axis)]);
  return result;
}

// The channels, in their order, behind so many of the other factors.
Order with_channels_at(const Factors& factors, int before_channels) {
  Order places, order;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    (factors[i].place == Factor::channels ? order : places).push_back(i);
  }
  order.insert(order.begin(), places.begin(), places.begin() + before_channels);
  order.insert(order.end(), places.begin() + before_channels, places.end());
  return order;
}

bool are_places_sorted(const Factors& factors, const Order& order) {
  int last = 0;
  for (const std::size_t i : order) {
    if (factors[i].place == Factor::channels) continue;
    if (factors[i].place < last) return false;
    last = factors[i].place;
  }
  return true;
}

// The orders in which factors of these lengths are as given.
std::vector<Order> orders_of(const Shape& here, const Shape& given) {
  std::vector<Order> result;
  Order order(static_cast<std::size_t>(here.rank()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    if (in_order(here, order) == given) result.push_back(order);
  } while (result.size() < 100 && std::next_permutation(order.begin(), order.end()));
  return result;
}

FeatureIndex index_of(const Shape& here, const Order& order) {
  std::vector<int64_t> strides(order.size());
  int64_t stride = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    strides[order[i]] = stride;
    stride *= here[static_cast<int>(order[i])];
  }
  FeatureIndex index{0};
  for (std::size_t axis = 0; axis < order.size(); ++axis) {
    FeatureIndex next;
    next.reserve(index.size() * static_cast<std::size_t>(here[static_cast<int>(axis)]));
    for (const int64_t start : index) {
      for (int64_t i = 0; i < here[static_cast<int>(axis)]; ++i) next.push_back(start + i * strides[axis]);
    }
    index = std::move(next);
  }
  return index;
}

bool is_valid(const Shape& shape) {
  return shape.rank() > 0 && std::all_of(shape.begin(), shape.end(), [](int64_t length) { return length > 0; });
}

// Whether it has so many elements, whatever the product would be.
bool has_elements(const Shape& shape, int64_t count) {
  for (const int64_t length : shape) {
    if (count % length != 0) return false;
    count /= length;
  }
  return count == 1;
}

Shape without_ones(const Shape& shape) {
  Shape result;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(result), [](int64_t length) { return length != 1; });
  return result;
}

class Resolving {
 public:
  Resolving(int64_t features, const std::string& option, const std::string& layer, const std::string& module)
      : features_(features), option_(option), layer_(layer), module_(module) {}

  FeatureIndexOrProblem of_given(const FeatureRuns& runs, const Shape& given) const {
    const std::string other =
        "other image: " + layer_ + " from " + module_ + ": " + option_ + " is " + given.str() + ", ";
    if (!is_valid(given)) return {{}, other + "where lengths of at least 1 are expected"};
    if (given.rank() == 1 && given[0] == features_) return {};
    // The one run that is not in order by itself.
    const auto is_open = [](const FeatureRun& run) { return !run.is_plain(); };
    const auto run = std::find_if(runs.begin(), runs.end(), is_open);
    if (run != runs.end() && runs.size() > 1) {
      if (!has_elements(given, run->length) || std::count_if(runs.begin(), runs.end(), is_open) > 1) {
        return {{}, other + "for " + text_of(runs)};
      }
    } else if (!has_elements(given, features_)) {
      return {{}, other + "for " + std::to_string(features_) + " features"};
    }
    Factors factors;
    if (run != runs.end() && run->factors) {
      factors = *run->factors;
    } else {
      // Nothing is known of them: channels last.
      for (int i = 1; i < given.rank(); ++i) factors.push_back({given[i], i});
      factors.push_back({given[0], Factor::channels});
      std::erase_if(factors, [](const Factor& factor) { return factor.length == 1; });
    }
    const Shape here = lengths_of(factors), there = without_ones(given);
    const std::vector<Order> orders = orders_of(here, there);
    if (orders.empty()) {
      return {{},
              other + "for elements of " + here.str() + " here, which would be " +
                  in_order(here, with_channels_at(factors, 0)).str() + " there"};
    }
    const int before = run != runs.end() ? run->before_channels : 0;
    if (run != runs.end() && run->is_sure && in_order(here, with_channels_at(factors, before)) != there) {
      return {{},
              other + "for an image of the model that is " + in_order(here, with_channels_at(factors, before)).str() +
                  " there: leave it out, or say with {" + std::to_string(features_) + "} that the order is the same"};
    }
    std::optional<Order> order;
    if (orders.size() == 1) order = orders[0];
    // Of several that the lengths allow, that with the channels first, and the places as they lie.
    const Order likely = with_channels_at(factors, before);
    if (!order && in_order(here, likely) == there && are_places_sorted(factors, likely)) order = likely;
    const Order channels_first = with_channels_at(factors, 0);
    if (!order && in_order(here, channels_first) == there && are_places_sorted(factors, channels_first)) {
      order = channels_first;
    }
    if (!order && here == there) {
      order = Order(factors.size());
      std::iota(order->begin(), order->end(), std::size_t{0});
    }
    if (!order) {
      return {{},
              other + "which leaves open which axis is which of those that lie here as " + here.str() +
                  ": permute them here as PyTorch does, and say {" + std::to_string(features_) + "}"};
    }
    FeatureIndex index = index_of(here, *order);
    if (run == runs.end() || runs.size() == 1) return {std::move(index), {}};
    return {joined(runs, run - runs.begin(), index), {}};
  }

  FeatureIndexOrProblem of_runs(const FeatureRuns& runs) const {
    FeatureIndex index;
    for (const FeatureRun& run : runs) {
      if (!run.is_plain() && !run.is_sure) return {{}, question(runs)};
      const auto start = static_cast<int64_t>(index.size());
      const Factors factors = run.is_plain() ? Factors{{run.length, Factor::channels}} : *run.factors;
      for (const int64_t place : index_of(lengths_of(factors), with_channels_at(factors, run.before_channels))) {
        index.push_back(start + place);
      }
    }
    return {std::move(index), {}};
  }

 private:
  static FeatureIndex joined(const FeatureRuns& runs, std::ptrdiff_t which, const FeatureIndex& of_that) {
    FeatureIndex index;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto start = static_cast<int64_t>(index.size());
      for (int64_t j = 0; j < runs[i].length; ++j) {
        const bool is_that = static_cast<std::ptrdiff_t>(i) == which;
        index.push_back(start + (is_that ? of_that[static_cast<std::size_t>(j)] : j));
      }
    }
    return index;
  }

  static std::string text_of(const FeatureRuns& runs) {
    std::string text;
    for (const FeatureRun& run : runs) {
      const Shape shape = run.factors && !run.is_plain() ? lengths_of(*run.factors) : Shape{run.length};
      text += (text.empty() ? "" : " and ") + shape.str();
    }
    return text;
  }

  std::string question(const FeatureRuns& runs) const {
    const std::string start = "order: the features of " + layer_ + " are ";
    const std::string same = "{" + std::to_string(features_) + "}";
    const auto is_open = [](const FeatureRun& run) { return !run.is_plain() && !run.is_sure; };
    const FeatureRun& open = *std::find_if(runs.begin(), runs.end(), is_open);
    if (runs.size() == 1 && open.factors) {
      const Shape here = lengths_of(*open.factors);
      return start + "elements of " + here.str() + ": say by ." + option_ + " whether they are " +
             in_order(here, with_channels_at(*open.factors, open.before_channels)).str() + " in " + module_ +
             ", or, with " + same + ", in the same order";
    }
    if (runs.size() == 1) {
      return start + same.substr(1, same.size() - 2) + ", made of images, it is not known how: say by ." + option_ +
             " what they are in " + module_ + ", as {channels, height, width}, or, with " + same +
             ", that they are in the same order";
    }
    return start + text_of(runs) + ", joined: say by ." + option_ + " what the one that is open is in " + module_ +
           ", or, with " + same + ", that all are in the same order";
  }

  int64_t features_;
  const std::string &option_, &layer_, &module_;
};

}  // namespace

FeatureIndexOrProblem feature_index(int64_t features, const FeatureRuns* runs, const Shape* given,
                                    const std::string& option, const std::string& layer, const std::string& module) {
  FeatureRuns known = runs ? *runs : FeatureRuns();
  // Joined with others, as one of several that make them.
  if (runs && length_of(known) != features) known = {{.length = features, .factors = std::nullopt, .is_sure = false}};
  const Resolving resolving(features, option, layer, module);
  if (given) return resolving.of_given(known, *given);
  if (runs) return resolving.of_runs(known);
  return {};
}

}  // namespace xtape::saving
