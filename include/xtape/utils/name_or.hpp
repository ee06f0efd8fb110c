#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <xtape/error.hpp>

namespace xtape {

/// An argument that is given by name (`"adam"`) or as an object (`optimizers::Adam({...})`), as Keras's
/// string-or-object arguments. Copies share the object. `Base::from_name` finds an object by its name.
/// @throws ValueError for an unknown name, with the nearest known ones.
template <class Base>
class NameOr {
 public:
  /// Nothing, like Python's None.
  NameOr() = default;
  NameOr(std::nullptr_t) {}
  NameOr(const char* name) : object_(name ? Base::from_name(name) : nullptr) {}
  NameOr(const std::string& name) : object_(Base::from_name(name)) {}
  template <std::derived_from<Base> Object>
  NameOr(Object object) : object_(std::make_shared<Object>(std::move(object))) {}
  template <std::derived_from<Base> Object>
  NameOr(std::shared_ptr<Object> object) : object_(std::move(object)) {}

  /// False for nothing.
  explicit operator bool() const noexcept { return static_cast<bool>(object_); }
  /// The object. @throws ValueError for nothing.
  Base& operator*() const {
    if (!object_) throw ValueError("an object or its name is needed where nothing (a null pointer) is given");
    return *object_;
  }
  Base* operator->() const { return &**this; }
  const std::shared_ptr<Base>& pointer() const noexcept { return object_; }

 private:
  std::shared_ptr<Base> object_;
};

}  // namespace xtape
