#pragma once

#include <concepts>
#include <string>
#include <typeinfo>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/export.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

/// A layer with its class in Keras's form:
/// `{"module": "keras.layers", "class_name": "Dense", "config": {...}, "registered_name": null}`; a class of one's own
/// has the package that it was registered with: `{"module": "my", ..., "registered_name": "my>Scale"}`, or where it was
/// not, `{"module": null, ..., "registered_name": "Scale"}`, which is read where it is among custom objects. Of a layer
/// that is built it says for what: `"build_config": {"input_shape": [null, 4]}`.
/// @throws as Layer::get_config.
XTAPE_API Config serialize(const Layer& layer);
/// The layer that serialize describes, with weights of its own; built, if `build_config` says for what. A program that
/// does not call this holds none of the layers that it does not name. @throws ValueError for an unknown class or
/// option, with the nearest ones.
XTAPE_API Layer deserialize(const Config& config);

/// For the library's own use: has the copy, and the layers in it, pass on masks as the original does, which Keras 3.16
/// may have saved. A configuration does not say it.
XTAPE_API void pass_masks_as(const Layer& original, const Layer& copy);

/// A layer of the same configuration, name included, with weights of its own.
template <std::derived_from<Layer> L>
requires(!std::same_as<L, Layer> && requires(const Config& config) { L::from_config(config); }) L
    clone(const L& layer) {
  const L copy = L::from_config(layer.get_config());
  pass_masks_as(layer, copy);
  return copy;
}
XTAPE_API Layer clone(const Layer& layer);

struct RegisterOptions {
  /// Keeps classes of equal names apart.
  std::string package = "Custom";
};

/// For the library's own use.
XTAPE_API void register_class(const std::type_info& type, const std::string& class_name, const std::string& package,
                              Layer (*make)(const Config& config));

/// Lets a layer of one's own be written and read: at the start of main, `register_layer<Scale>({.package = "my"});`.
/// Its implementation names its options `Options`, is made of them alone, and lists them in `fields`.
/// @throws ValueError if another class of that package has its name.
template <std::derived_from<Layer> L>
void register_layer(const RegisterOptions& options = {}) {
  using Impl = typename L::Implementation;
  static_assert(
      requires(Fields & f, typename Impl::Options & given) { given.fields(f); },
      "register_layer: the layer needs `using Options = ...` in its implementation, and the options "
      "`void fields(Fields& f) { f(\"start\", start)...; }`");
  register_class(typeid(Impl), class_name_of(typeid(Impl)), options.package,
                 [](const Config& config) -> Layer { return L::from_config(config); });
}

/// A class of one's own by its name, for as long as it is asked for: custom_object<Scale>().
struct CustomObject {
  std::string class_name;
  Layer (*make)(const Config& config);
};

template <std::derived_from<Layer> L>
CustomObject custom_object() {
  return {class_name_of(typeid(typename L::Implementation)),
          [](const Config& config) -> Layer { return L::from_config(config); }};
}

/// For as long as the scope, deserialize, in this thread, finds these classes by their names, whatever package they
/// were written with, before those that are registered and the library's.
class XTAPE_API CustomObjectScope {
 public:
  explicit CustomObjectScope(std::vector<CustomObject> objects);
  ~CustomObjectScope();
  CustomObjectScope(const CustomObjectScope&) = delete;
  CustomObjectScope& operator=(const CustomObjectScope&) = delete;

 private:
  friend const CustomObject* custom_object_of(const std::string& class_name);

  const std::vector<CustomObject> objects_;
  const CustomObjectScope* const around_;
};

/// For the library's own use: the one of that name in the scopes around, or null.
const CustomObject* custom_object_of(const std::string& class_name);

}  // namespace xtape::layers
