#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/zero_padding2d.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct ZeroPadding2DFields {
  Padding2d padding = 1;
  ZeroPadding2DOptions options = {};

  void fields(Fields& f) {
    f("padding", padding);
    options.fields(f);
  }
};

class ZeroPadding2DImpl : public LayerImpl {
 public:
  explicit ZeroPadding2DImpl(ZeroPadding2DFields given)
      : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    const auto& [height, width] = given_.padding;
    for (const int64_t cells : {height.first, height.second, width.first, width.second}) {
      detail::check_at_least(0, "ZeroPadding2D", "padding", cells);
    }
  }

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensor& x) {
    compute_output_shape(x.shape());
    return pad(x, {{0, 0}, given_.padding.height, given_.padding.width, {0, 0}});
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    if (input_shape.rank() != 4) {
      throw ShapeError("expected inputs [batch, height, width, channels], given " + input_shape.str());
    }
    const auto padded = [&](int64_t length, Padding2d::Sides sides) {
      int64_t cells = -1;
      if (length != -1 && (__builtin_add_overflow(sides.first, sides.second, &cells) ||
                           __builtin_add_overflow(cells, length, &cells))) {
        throw ShapeError("inputs " + input_shape.str() + " are too large with a padding of " +
                         std::to_string(sides.first) + " and " + std::to_string(sides.second));
      }
      return cells;
    };
    return {input_shape[0], padded(input_shape[1], given_.padding.height), padded(input_shape[2], given_.padding.width),
            input_shape[3]};
  }

 private:
  ZeroPadding2DFields given_;
};

std::pair<int64_t, int64_t> two_integers(const Config& config) {
  std::vector<int64_t> both;
  from_config(config, both);
  if (both.size() != 2) throw ValueError("expected 2 integers, given " + config.str());
  return {both[0], both[1]};
}

}  // namespace

Config to_config(const Padding2d& padding) {
  return Config::List{Config::List{padding.height.first, padding.height.second},
                      Config::List{padding.width.first, padding.width.second}};
}

void from_config(const Config& config, Padding2d& padding) {
  if (!config.is_list()) {
    padding = config.integer();
  } else if (!config.list().empty() && config.list().front().is_list()) {
    if (config.list().size() != 2) throw ValueError("expected 2 pairs, given " + config.str());
    padding = Padding2d(two_integers(config.list()[0]), two_integers(config.list()[1]));
  } else {
    const auto [vertical, horizontal] = two_integers(config);
    padding = Padding2d(vertical, horizontal);
  }
}

void ZeroPadding2DOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f.accept("data_format", "channels_last");
}

ZeroPadding2D::ZeroPadding2D(Padding2d padding, ZeroPadding2DOptions options)
    : Layer(make_layer<ZeroPadding2DImpl>(ZeroPadding2DFields{padding, std::move(options)})) {}

ZeroPadding2D ZeroPadding2D::from_config(const Config& config) {
  auto given = read_fields<ZeroPadding2DFields>(config, "ZeroPadding2D");
  return ZeroPadding2D(given.padding, std::move(given.options));
}

}  // namespace xtape::layers
