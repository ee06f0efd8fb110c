#include "layers/item_key.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::layers {
namespace {

bool is_of_class(const Config& config, const char* class_name) {
  return config.is_dict() && config.find("class_name") && config.at("class_name") == Config(class_name);
}

std::optional<Position> bound(const Config& config) {
  return config.is_null() ? std::nullopt : std::optional<Position>(config.integer());
}

Slice range_of(const Config& config) {
  Slice range{.start = bound(config.at("start")), .stop = bound(config.at("stop"))};
  if (!config.at("step").is_null()) range.step = config.at("step").integer();
  // On an axis of unknown length no slice is tried.
  if (range.step == 0) throw ValueError("slice: step must not be 0");
  return range;
}

Config config_of(const std::optional<Position>& bound) { return bound ? Config(bound->value()) : Config(); }

Config config_of(const Slice& range) {
  Config bounds = Config::dict();
  bounds.set("start", config_of(range.start));
  bounds.set("stop", config_of(range.stop));
  bounds.set("step", range.step == 1 ? Config() : Config(static_cast<int64_t>(range.step)));
  Config config = Config::dict();
  config.set("class_name", "__slice__");
  config.set("config", std::move(bounds));
  return config;
}

int64_t length_of(const Slice& range, int64_t length) {
  return zeros({1}).broadcast_to({length}).slice(0, range).shape(0);
}

}  // namespace

ItemKey::ItemKey(const Config& config) {
  for (const Config& each : config.is_list() ? config.list() : Config::List{config}) {
    if (each.is_integer()) {
      entries_.push_back({.kind = Kind::position, .position = each.integer()});
    } else if (each.is_null()) {
      entries_.push_back({.kind = Kind::new_axis});
    } else if (is_of_class(each, "__slice__")) {
      entries_.push_back({.kind = Kind::range, .range = range_of(each.at("config"))});
    } else if (is_of_class(each, "__ellipsis__")) {
      entries_.push_back({.kind = Kind::ellipsis});
    } else {
      throw ValueError("an index is a position, a range, nothing (a new axis) or an ellipsis, given " + each.str());
    }
  }
  const auto count = [&](Kind kind) {
    return std::count_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.kind == kind; });
  };
  if (count(Kind::ellipsis) > 1) throw ValueError("an index has one ellipsis at most, given " + config.str());
  taken_ = static_cast<int>(count(Kind::position) + count(Kind::range));
}

int ItemKey::left_out(const Shape& shape) const {
  if (taken_ <= shape.rank()) return shape.rank() - taken_;
  throw IndexError("index: " + std::to_string(taken_) + " indices for a tensor of shape " + shape.str());
}

Tensor ItemKey::operator()(const Tensor& x) const {
  const int left_out = this->left_out(x.shape());
  Tensor view = x;
  int axis = 0;
  for (const Entry& entry : entries_) {
    switch (entry.kind) {
      case Kind::position:
        view = view.select(axis, entry.position);
        break;
      case Kind::range:
        view = view.slice(axis++, entry.range);
        break;
      case Kind::new_axis:
        view = view.expand_dims(axis++);
        break;
      case Kind::ellipsis:
        axis += left_out;
    }
  }
  return view;
}

Shape ItemKey::shape_of(const Shape& shape) const {
  const int left_out = this->left_out(shape);
  Shape result;
  int axis = 0;
  for (const Entry& entry : entries_) {
    if (entry.kind == Kind::new_axis) {
      result.push_back(1);
    } else if (entry.kind == Kind::ellipsis) {
      for (const int end = axis + left_out; axis < end; ++axis) result.push_back(shape[axis]);
    } else if (const int64_t length = shape[axis++]; entry.kind == Kind::range) {
      result.push_back(length == -1 ? -1 : length_of(entry.range, length));
    } else if (length != -1 && (entry.position < -length || entry.position >= length)) {
      throw IndexError("index: " + std::to_string(entry.position) + " is out of range for axis " +
                       std::to_string(axis - 1) + " of the shape " + shape.str());
    }
  }
  while (axis < shape.rank()) result.push_back(shape[axis++]);
  return result;
}

Config item_key_to_config(std::initializer_list<Index> indices) {
  Config::List list;
  for (const Index& index : indices) {
    list.push_back(index.is_position() ? Config(index.position()) : config_of(index.slice()));
  }
  return list;
}

}  // namespace xtape::layers
