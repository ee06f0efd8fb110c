#include <string>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

void LayerImpl::fields(Fields&) {
  throw ValueError(
      "get_config: the class " + class_name() + " does not list its options: give it `void fields(Fields& f) override`",
      name_);
}

Config LayerImpl::get_config() const {
  FieldWriter own;
  // A writer only reads.
  const_cast<LayerImpl&>(*this).fields(own);
  // First what all layers have, as it is now and not as it was given.
  Config config = Config::dict();
  config.set("name", name_);
  if (writes_trainable_) config.set("trainable", trainable_);
  config.set("dtype", to_config(dtype_));
  for (const Config::Entry& entry : own.config().entries()) {
    const bool left_out = entry.name == "trainable" && !writes_trainable_;
    if (!left_out && !config.find(entry.name)) config.set(entry.name, entry.value);
  }
  return config;
}

void LayerImpl::mark_read() {
  has_config_ = true;
  may_have_automatic_name_ = detail::number_in_name(name_, detail::to_snake_case(class_name())).has_value();
}

void LayerImpl::apply_config(const Config& config) {
  if (const Config* name = config.find("name")) {
    name_ = name->text();
    has_own_name_ = true;
  }
  if (const Config* trainable = config.find("trainable")) set_own_trainable(trainable->boolean());
  if (const Config* given = config.find("dtype")) {
    DType dtype = dtype_;
    from_config(*given, dtype);
    if (dtype != dtype_) {
      throw ValueError(class_name() + ": dtype is " + xtape::name(dtype_) + ", the configuration says " +
                       xtape::name(dtype));
    }
  }
}

}  // namespace xtape::layers
