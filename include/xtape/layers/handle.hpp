#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>
#include <xtape/detail/construction_scope.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

/// How `call` of an implementation is written, and what stands between it and LayerImpl's general form.
namespace calls {

using Tensors = std::vector<Tensor>;

template <class Impl, class... Inputs>
concept takes = requires(Impl& impl, const Inputs&... inputs) {
  impl.call(inputs...);
};

/// Several signatures: the one with fewest tensors counts. -1 is a list of tensors, 0 none of these.
template <class Impl>
constexpr int arity_of() {
  if constexpr (takes<Impl, Tensor>) {
    return 1;
  } else if constexpr (takes<Impl, Tensor, Tensor>) {
    return 2;
  } else if constexpr (takes<Impl, Tensor, Tensor, Tensor>) {
    return 3;
  } else if constexpr (takes<Impl, Tensor, Tensor, Tensor, Tensor>) {
    return 4;
  } else {
    return takes<Impl, Tensors> ? -1 : 0;
  }
}

template <class Impl>
decltype(auto) call(Impl& impl, const Tensors& inputs) {
  constexpr int arity = arity_of<Impl>();
  if constexpr (arity == 1) {
    return impl.call(inputs[0]);
  } else if constexpr (arity == 2) {
    return impl.call(inputs[0], inputs[1]);
  } else if constexpr (arity == 3) {
    return impl.call(inputs[0], inputs[1], inputs[2]);
  } else if constexpr (arity == 4) {
    return impl.call(inputs[0], inputs[1], inputs[2], inputs[3]);
  } else if constexpr (arity == -1) {
    return impl.call(inputs);
  }
}

/// Symbols in the place of tensors. What `call` must not return is left to Callable to refuse, which says why.
template <class Tensors>
struct Symbolic {
  using type = Symbol;
};
template <>
struct Symbolic<Tensors> {
  using type = std::vector<Symbol>;
};
template <std::size_t count>
struct Symbolic<std::array<Tensor, count>> {
  using type = std::array<Symbol, count>;
};

/// What `call` returns as a list, and back.
template <class Result>
struct Outputs {
  static constexpr bool known = false;
};
template <>
struct Outputs<Tensor> {
  static constexpr bool known = true;
  static Tensors list(Tensor result) { return {std::move(result)}; }
};
template <std::size_t count>
struct Outputs<std::array<Tensor, count>> {
  static constexpr bool known = true;
  static Tensors list(const std::array<Tensor, count>& result) { return Tensors(result.begin(), result.end()); }
  static std::array<Tensor, count> unlist(const Tensors& list) {
    std::array<Tensor, count> result;
    for (std::size_t i = 0; i < count; ++i) result[i] = list[i];
    return result;
  }
};
template <>
struct Outputs<Tensors> {
  static constexpr bool known = true;
  static Tensors list(Tensors result) { return result; }
  static Tensors unlist(Tensors list) { return list; }
};

template <class Impl>
using Result = std::remove_cvref_t<decltype(call(std::declval<Impl&>(), std::declval<const Tensors&>()))>;

/// @throws ValueError unless that many inputs are given: `expected 2 tensors, given 1`.
XTAPE_API void check_inputs(std::size_t expected, std::size_t given);

/// The type of a member function that a class inherits from LayerImpl as it is.
template <class Impl>
constexpr bool has_own_run = !std::is_same_v<decltype(&Impl::run), Tensors (LayerImpl::*)(const Arguments<Tensor>&)>;

/// What a handle makes: the implementation, whose `call` is now reached in the general form.
template <class Impl>
class Callable final : public Impl {
 public:
  template <class... Args>
  explicit Callable(Args&&... args) : Impl(std::forward<Args>(args)...) {
    Impl::template made_as<Impl>();
    static_assert(has_own_run<Impl> || arity_of<Impl>() != 0 || Impl::template works_without_call<Impl>(),
                  "the layer has no fitting `call`: write `Tensor call(const Tensor& x)`, with up to four tensors or a "
                  "const std::vector<Tensor>&; whether it trains is no parameter, ask training()");
    if constexpr (!has_own_run<Impl> && arity_of<Impl>() != 0) {
      static_assert(Outputs<Result<Impl>>::known,
                    "`call` of a layer returns a Tensor, a std::array of them or a std::vector of them");
    }
  }

  const std::type_info& type() const override { return typeid(Impl); }

  bool knows_output_shape() const override {
    return !std::is_same_v<decltype(&Impl::compute_output_shape), Shape (LayerImpl::*)(const Shape&)>;
  }

  Tensors run(const Arguments<Tensor>& arguments) override {
    if constexpr (has_own_run<Impl> || arity_of<Impl>() == 0) {
      return Impl::run(arguments);
    } else {
      if constexpr (arity_of<Impl>() > 0) check_inputs(arity_of<Impl>(), arguments.inputs.size());
      return Outputs<Result<Impl>>::list(calls::call(static_cast<Impl&>(*this), arguments.inputs));
    }
  }

  Tensor run_one(const Tensor& x) override {
    if constexpr (!has_own_run<Impl> && arity_of<Impl>() == 1) {
      if constexpr (std::is_same_v<Result<Impl>, Tensor>) return Impl::call(x);
    }
    return Impl::run_one(x);
  }
};

}  // namespace calls

/// Makes an implementation, with the layers that come into being by that as its parts.
template <class Impl, class... Args>
detail::Reference<LayerImpl> make_layer(Args&&... args) {
  ConstructionScope scope(ConstructionScope::Purpose::construct);
  auto impl = detail::Reference<LayerImpl>::adopt(new calls::Callable<Impl>(std::forward<Args>(args)...));
  scope.finish(*impl);
  return impl;
}

namespace calls {

/// A handle that is called as `call` is: with these inputs, for that result.
template <class Base, class Result, class... Inputs>
class Operators : public Base {
 public:
  Result operator()(const Inputs&... inputs, CallOptions options = {}) const {
    if constexpr ((std::is_same_v<Inputs, Tensors> && ...)) {
      return result(this->run(Arguments<Tensor>{inputs..., {}, {}, options.training}));
    } else {
      return result(this->run(Arguments<Tensor>{Tensors{inputs...}, {}, {}, options.training}));
    }
  }

  typename Symbolic<Result>::type operator()(const typename Symbolic<Inputs>::type&... inputs,
                                             CallOptions options = {}) const {
    const std::vector<Symbol> given{inputs...};
    std::vector<Symbol> all = this->run(Arguments<Symbol>{given, {}, {}, options.training});
    check_outputs(all.size());
    if constexpr (std::is_same_v<Result, Tensor>) {
      return std::move(all.front());
    } else if constexpr (std::is_same_v<Result, Tensors>) {
      return all;
    } else {
      typename Symbolic<Result>::type result;
      for (std::size_t i = 0; i < result.size(); ++i) result[i] = all[i];
      return result;
    }
  }

 protected:
  using Base::Base;

 private:
  // A layer of another kind may have been assigned through a reference to Layer.
  void check_outputs(std::size_t given) const {
    if constexpr (std::is_same_v<Result, Tensor>) {
      this->check_count(given, 1);
    } else if constexpr (!std::is_same_v<Result, Tensors>) {
      this->check_count(given, std::tuple_size_v<Result>);
    }
  }
  Result result(Tensors all) const {
    check_outputs(all.size());
    if constexpr (std::is_same_v<Result, Tensor>) {
      return std::move(all.front());
    } else {
      return Outputs<Result>::unlist(std::move(all));
    }
  }
};

/// What Handle<Impl> derives from: a Layer or a Model, whose own operators serve for one tensor or a list of them.
template <class Impl>
constexpr auto base_of() {
  using Base = typename Impl::HandleBase;
  constexpr int arity = arity_of<Impl>();
  if constexpr (has_own_run<Impl> || arity == 0) {
    return std::type_identity<Base>();
  } else {
    using R = Result<Impl>;
    if constexpr (std::is_same_v<R, Tensor> && (arity == 1 || arity == -1)) {
      return std::type_identity<Base>();
    } else if constexpr (arity == -1) {
      return std::type_identity<Operators<Base, R, Tensors>>();
    } else if constexpr (arity == 1) {
      return std::type_identity<Operators<Base, R, Tensor>>();
    } else if constexpr (arity == 2) {
      return std::type_identity<Operators<Base, R, Tensor, Tensor>>();
    } else if constexpr (arity == 3) {
      return std::type_identity<Operators<Base, R, Tensor, Tensor, Tensor>>();
    } else {
      return std::type_identity<Operators<Base, R, Tensor, Tensor, Tensor, Tensor>>();
    }
  }
}

struct NoOptions {};
template <class Impl>
constexpr auto options_of() {
  if constexpr (requires { typename Impl::Options; }) {
    return std::type_identity<typename Impl::Options>();
  } else {
    return std::type_identity<NoOptions>();
  }
}

}  // namespace calls

/// The handle of an implementation: `using Scale = Handle<ScaleImpl>;`. It is made with the arguments of Impl's
/// constructor, of which the last may stand in braces if it is an `Impl::Options`; `->` reaches Impl's own members. It
/// is called as Impl's `call` is, and returns what that returns.
///
/// One for many users should spell its constructor out, which makes the compiler's messages short:
/// ```
/// struct Scale : layers::Handle<ScaleImpl> {
///   explicit Scale(ScaleOptions options = {}) : Handle(std::move(options)) {}
/// };
/// ```
template <class Impl>
class Handle : public decltype(calls::base_of<Impl>())::type {
  using Base = typename decltype(calls::base_of<Impl>())::type;
  using Options = typename decltype(calls::options_of<Impl>())::type;

  // Copying is not for the constructor below.
  template <class... Args>
  static constexpr bool is_copy = (sizeof...(Args) == 1 &&
                                   (std::derived_from<std::remove_cvref_t<Args>, Handle> && ...));

 public:
  template <class... Args>
  requires(!is_copy<Args...> && std::constructible_from<Impl, Args...>)  // refused? these arguments make no such layer
      explicit Handle(Args&&... args)
      : Base(make_layer<Impl>(std::forward<Args>(args)...)) {}
  explicit Handle(Options options)  // refused? an option is misspelt or of another type: see Options of the layer
      requires std::constructible_from<Impl, Options> : Base(make_layer<Impl>(std::move(options))) {}
  template <class First>
  requires std::constructible_from<Impl, First, Options> Handle(First&& first, Options options)
      : Base(make_layer<Impl>(std::forward<First>(first), std::move(options))) {}
  template <class First, class Second>
  requires std::constructible_from<Impl, First, Second, Options> Handle(First&& first, Second&& second, Options options)
      : Base(make_layer<Impl>(std::forward<First>(first), std::forward<Second>(second), std::move(options))) {}

  /// The layer that get_config describes; Impl is made of an `Impl::Options` that lists its `fields`.
  /// @throws ValueError for an unknown option, with the nearest ones.
  static Handle from_config(const Config& config) {
    Options options;
    FieldReader reader(config, class_name_of(typeid(Impl)));
    options.fields(reader);
    // What all layers have is read below, whether or not these options have it.
    for (const char* name : {"name", "trainable", "dtype"}) reader.leave(name);
    reader.finish();
    // A constructor would freeze the layers in it too.
    if constexpr (requires { options.trainable = true; }) options.trainable = true;
    Handle layer(std::move(options));
    layer.impl().apply_config(config);
    layer.impl().freeze_parts_without_config();
    return layer;
  }

  using Implementation = Impl;
  /// @throws ValueError as implementation_of.
  Impl* operator->() const { return &implementation_of<Impl>(*this); }
};

}  // namespace xtape::layers
