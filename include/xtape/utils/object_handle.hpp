#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <xtape/config.hpp>
#include <xtape/error.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/configurable.hpp>

namespace xtape {

namespace detail {
/// What has names, by which a handle is made.
template <class Impl>
concept FoundByName = requires(const std::string& name) {
  Impl::make(name);
};
}  // namespace detail

/// A handle of one pointer to what an optimizer, metric, loss, ... does, an `Impl`; a copy is the same object, as in
/// Python. It is made of a name (`"adam"`), of an object of one's own, which is moved into it, or of nothing, which is
/// Python's None. `Impl::make` finds an object by its name.
template <class Impl>
class ObjectHandle {
 public:
  ObjectHandle() = default;
  ObjectHandle(std::nullptr_t) {}
  /// @throws ValueError for an unknown name, with the nearest known ones. A null pointer is nothing.
  ObjectHandle(const char* name) requires detail::FoundByName<Impl> : object_(name ? Impl::make(name) : nullptr) {}
  ObjectHandle(const std::string& name) requires detail::FoundByName<Impl> : object_(Impl::make(name)) {}
  template <std::derived_from<Impl> Object>
  ObjectHandle(std::shared_ptr<Object> object) : object_(std::move(object)) {}
  template <class Object>
  requires(!std::is_reference_v<Object> && std::derived_from<Object, Impl>) ObjectHandle(Object&& object)
      : object_(std::make_shared<Object>(std::move(object))) {}
  // A copy would be used, and the object itself stay as it is.
  template <std::derived_from<Impl> Object>
  ObjectHandle(const Object&) = delete;  // make the handle first, `Metric recall = Recall();`, or a std::shared_ptr
  template <std::derived_from<Impl> Object>
  ObjectHandle(Object&) = delete;  // make the handle first, `Metric recall = Recall();`, or a std::shared_ptr

  /// False for nothing.
  explicit operator bool() const noexcept { return static_cast<bool>(object_); }
  /// The object. @throws ValueError for nothing.
  Impl& operator*() const {
    if (!object_) throw ValueError("an object or its name is needed where nothing (a null pointer) is given");
    return *object_;
  }
  Impl* operator->() const { return &**this; }
  const std::shared_ptr<Impl>& pointer() const noexcept { return object_; }

  /// The options by Keras's names. @throws ValueError for what cannot be written.
  Config get_config() const requires std::derived_from<Impl, Configurable> { return (**this).get_config(); }

  /// Whether both are the same object, or nothing.
  friend bool operator==(const ObjectHandle& a, const ObjectHandle& b) noexcept { return a.object_ == b.object_; }

 private:
  std::shared_ptr<Impl> object_;
};

namespace detail {
/// A function that a handle is made of: what can be called so, and is neither the handle nor its object.
template <class Function, class Impl, class... Arguments>
concept FunctionFor = !std::derived_from<std::remove_cvref_t<Function>, ObjectHandle<Impl>> &&
                      !std::derived_from<std::remove_cvref_t<Function>, Impl> &&
                      std::is_invocable_r_v<Tensor, const std::remove_cvref_t<Function>&, Arguments...>;
}  // namespace detail

}  // namespace xtape
