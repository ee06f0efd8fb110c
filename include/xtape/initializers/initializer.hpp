#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <xtape/fields.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/configurable.hpp>
#include <xtape/utils/object_handle.hpp>

namespace xtape::initializers {

/// What an initializer does. One of one's own derives from it.
class XTAPE_API InitializerImpl : public Configurable {
 public:
  /// A new tensor of that shape. @throws ShapeError if the initializer does not fit the shape, DTypeError, of the
  /// random ones but Orthogonal, unless `dtype` is floating.
  virtual Tensor operator()(const Shape& shape, DType dtype) const = 0;
  /// For the library's own use: the object of a name.
  static std::shared_ptr<InitializerImpl> make(const std::string& name);
};

/// Makes the first values of a weight: an object, a function of shape and dtype, or a name of Keras with its defaults:
/// "zeros", "ones", "constant", "random_normal" ("normal"), "random_uniform" ("uniform"), "truncated_normal",
/// "variance_scaling", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
/// "orthogonal", "identity"; class names ("GlorotUniform") work too.
class XTAPE_API Initializer : public ObjectHandle<InitializerImpl> {
 public:
  using ObjectHandle::ObjectHandle;
  /// @throws ValueError for an empty function.
  template <detail::FunctionFor<InitializerImpl, const Shape&, DType> Function>
  Initializer(Function function) : Initializer(std::function<Tensor(const Shape&, DType)>(std::move(function))) {}
  Initializer(std::function<Tensor(const Shape&, DType)> function);

  /// A new tensor of that shape. @throws as InitializerImpl.
  Tensor operator()(const Shape& shape, DType dtype = float32) const { return (**this)(shape, dtype); }
};

/// Keras's form: `{"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}, ...}`, or
/// null. One of one's own that has a class_name and fields is written with its class_name as the registered name, which
/// deserialize does not know. @throws ValueError for another one of one's own.
XTAPE_API Config serialize(const Initializer& initializer);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API Initializer deserialize(const Config& config);
inline Config to_config(const Initializer& initializer) { return serialize(initializer); }
inline void from_config(const Config& config, Initializer& initializer) { initializer = deserialize(config); }

/// The seed of a random initializer: with one, each call returns the same values; without, each call draws
/// from the global generator.
using Seed = std::optional<uint64_t>;

/// What `draw` returns when the global generator starts from `seed`; the generator goes on as if it had not
/// been used. Without a seed just `draw()`. @throws ValueError for an empty function.
XTAPE_API Tensor draw_with_seed(const Seed& seed, const std::function<Tensor()>& draw);

}  // namespace xtape::initializers
