#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <xtape/fields.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/name_or.hpp>

namespace xtape::initializers {

/// Makes the first values of a weight.
class XTAPE_API Initializer {
 public:
  virtual ~Initializer() = default;
  /// A new tensor of that shape. @throws ShapeError if the initializer does not fit the shape, DTypeError, of the
  /// random ones but Orthogonal, unless `dtype` is floating.
  virtual Tensor operator()(const Shape& shape, DType dtype = float32) const = 0;
  /// Lists its options (fields.hpp). By default @throws ValueError.
  virtual void fields(Fields& f);

  /// The initializer of that Keras name, with its defaults: "zeros", "ones", "constant", "random_normal" ("normal"),
  /// "random_uniform" ("uniform"), "truncated_normal", "variance_scaling", "glorot_uniform", "glorot_normal",
  /// "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "orthogonal", "identity"; class names
  /// ("GlorotUniform") work too. @throws ValueError for an unknown name.
  static std::shared_ptr<Initializer> from_name(const std::string& name);
};

/// Keras's form: `{"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}, ...}`.
/// @throws ValueError for one of one's own.
XTAPE_API Config to_config(const NameOr<Initializer>& initializer);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API void from_config(const Config& config, NameOr<Initializer>& initializer);

/// The seed of a random initializer: with one, each call returns the same values; without, each call draws
/// from the global generator.
using Seed = std::optional<uint64_t>;

/// What `draw` returns when the global generator starts from `seed`; the generator goes on as if it had not
/// been used. Without a seed just `draw()`. @throws ValueError for an empty function.
XTAPE_API Tensor draw_with_seed(const Seed& seed, const std::function<Tensor()>& draw);

}  // namespace xtape::initializers
