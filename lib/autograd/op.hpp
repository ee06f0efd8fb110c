#pragma once

#include <xtape/tensor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "autograd/attributes.hpp"
#include "autograd/batch_rules.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/instruction.hpp"
#include "autograd/lent.hpp"
#include "autograd/lift.hpp"
#include "autograd/node.hpp"
#include "autograd/primals.hpp"

// What an operation is: a small struct, whose members are its attributes and whose functions are its answers, each with
// a parameter for every input x. apply() runs it; an OpTable is how transforms see it. Operations whose number of inputs
// or results is known at run time only are those of list_op.hpp.
//
//   name             a constant, or a function where several operations share a struct
//   attributes(to)   to("axis", axis), ... for each attribute
//   outputs          how many results it has, if not one; the first one is floating if any has a derivative
//   lean             true: the results behind the first are for derivatives only, and undefined where none are asked for
//   shape(x...)      shape and type of the result, or a typed error; allocates nothing. Of several: an array of them
//   like(x...)       instead of shape: the input that has the result's shape and type
//   make(x...)       instead of shape: the new results themselves, where they are not to be contiguous
//   compute(x..., y...) fills the results, which are new. Inputs are as they were given, views too
//   view(x...)       instead of shape and compute: the result shares x's elements
//   quick(x...)      the result in the usual case, undefined otherwise: where shape and compute would look twice
//   keeps(wanted)    which inputs and results derivatives read: bit i is input i, bit N + j result j of N inputs.
//                    `wanted` has the bits of the inputs that want a derivative. Without it: none
//   vjp(primals, g, gradients)   the gradients of the inputs, in public operations; of several results, g is a span,
//                    in which gradients of unused results are undefined
//   jvp(primals, dx...)          the tangent of the result, in public operations; undefined tangents are zero
//   dual(x..., dx...)            optional: a pair of what apply() returns and the tangent of the first result, where that
//                    is less work than one after the other, with the same bits; an undefined result where it is not.
//                    Neither the tape nor a transform looks on
//   linear           instead of jvp, for an operation that is linear in all of its one input: true
//   decompose(x...)  the same in other public operations: what is differentiated where there is no vjp or no jvp
//   no_derivative    why it has none, where it has not: a text
//   elementwise      true: an element of the result is made of those at its place in the inputs, which broadcast, or
//                    have one shape where the operation says `like`
//   batch(examples, x...)   the results for all examples, stacked along the first axis; each x is a Mapped (mapped.hpp)
//   batch_by_loop    instead: why it has to run example by example
//   random           true: it draws random numbers, other ones in each call; batch() says how where they are different
//   identity         true: the result is a copy of the one input
//   followed_by(next, x...)      optional: the operation that does `next`, the one reader of its result, too
//
// Vectorization (vmap) takes `elementwise`, `batch`, `batch_by_loop` or else the decomposition: one of them there is.
// An input may be undefined where the operation says so. Inputs that are not floating have no derivatives.
namespace xtape::autograd {

// Shape and type of a result before there is one. Not `wanted`: it is left undefined.
struct Spec {
  Shape shape;
  DType dtype;
  bool wanted = true;
};

template <class Op>
const char* name_of(const Op& op) {
  if constexpr (requires { op.name(); }) {
    return op.name();
  } else {
    return Op::name;
  }
}

// The members that tell one operation of a struct from another.
template <class Op>
std::string attributes_of(const Op& op) {
  Attributes attributes;
  if constexpr (requires { op.attributes(attributes); }) op.attributes(attributes);
  return attributes.str();
}

template <class Op>
constexpr std::size_t result_count() {
  if constexpr (requires { Op::outputs; }) {
    return Op::outputs;
  } else {
    return 1;
  }
}
// What apply() returns.
template <class Op>
using Result = std::conditional_t<result_count<Op>() == 1, Tensor, std::array<Tensor, result_count<Op>()>>;

template <class Op>
concept Keeps = requires(const Op& op) { op.keeps(uint32_t{}); };
template <class Op>
concept Differentiable = requires(const Op& op, const Primals& primals, std::span<const Tensor> g, Gradients& gradients) {
  op.vjp(primals, g, gradients);
} || requires(const Op& op, const Primals& primals, const Tensor& g, Gradients& gradients) {
  op.vjp(primals, g, gradients);
};

// The tangent goes the way of the value.
template <class Op>
concept Linear = requires { requires Op::linear; };

// Whether an operation leaves no question open.
template <class Op>
constexpr bool answers_derivatives(std::size_t inputs, bool has_jvp, bool has_decomposition) {
  if (inputs == 0 || has_decomposition) return true;
  if constexpr (requires { Op::no_derivative; }) {
    return !Differentiable<Op> && !has_jvp;
  } else {
    return Differentiable<Op> && (Linear<Op> || has_jvp);
  }
}
template <class Op>
concept Elementwise = requires { requires Op::elementwise; };
template <class Op>
concept Random = requires { requires Op::random; };
// Runs example by example, for the reason given.
template <class Op>
concept Looping = requires { Op::batch_by_loop; };

// Calls function(tensors[0], ..., tensors[N - 1]).
template <std::size_t N, class Tensors, class Function>
decltype(auto) with_each(const Tensors& tensors, const Function& function) {
  return [&]<std::size_t... i>(std::index_sequence<i...>)->decltype(auto) {
    return function(tensors[i]...);
  }
  (std::make_index_sequence<N>());
}

// The results, whatever their number.
inline std::span<const Tensor> as_span(const Tensor& result) { return {&result, 1}; }
template <std::size_t N>
std::span<const Tensor> as_span(const std::array<Tensor, N>& results) {
  return results;
}

// The results before they are computed; what is a view is whole. Not `complete`: without what is for derivatives only.
template <class Op, class... Inputs>
Result<Op> unfilled(const Op& op, [[maybe_unused]] bool complete, const Inputs&... inputs) {
  if constexpr (requires { op.view(inputs...); }) {
    return op.view(inputs...);
  } else if constexpr (requires { op.make(inputs...); }) {
    return op.make(inputs...);
  } else if constexpr (requires { op.like(inputs...); }) {
    return core::make_like(op.like(inputs...), name_of(op));
  } else if constexpr (result_count<Op>() == 1) {
    const Spec spec = op.shape(inputs...);
    return core::make_tensor(spec.shape, spec.dtype, name_of(op));
  } else {
    const auto specs = op.shape(inputs...);
    Result<Op> results;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if constexpr (requires { requires Op::lean; }) {
        if (i > 0 && !complete) break;
      }
      if (specs[i].wanted) results[i] = core::make_tensor(specs[i].shape, specs[i].dtype, name_of(op));
    }
    return results;
  }
}

// The values alone: nothing is recorded.
template <class Op, class... Inputs>
Result<Op> evaluate(const Op& op, bool complete, const Inputs&... inputs) {
  if constexpr (requires { op.view(inputs...); }) {
    return op.view(inputs...);
  } else {
    if constexpr (requires { op.quick(inputs...); }) {
      if (Tensor y = op.quick(inputs...); y.defined()) [[likely]]
        return y;
    }
    Result<Op> results = unfilled(op, complete, inputs...);
    if constexpr (result_count<Op>() == 1) {
      op.compute(inputs..., results);
    } else {
      with_each<result_count<Op>()>(results, [&](const auto&... y) { op.compute(inputs..., y...); });
    }
    return results;
  }
}

// An operation on the tape: where gradients go, the operation, and what it keeps.
template <class Op, std::size_t N>
class OpNode final : public Node {
 public:
  OpNode(const Op& op, const std::array<const Tensor*, N>& inputs, const Result<Op>& results)
      : Node(name_of(op), results), op_(op) {
    uint32_t wanted = 0;
    for (std::size_t i = 0; i < N; ++i) {
      new (&edges_[i]) Edge(*inputs[i]);
      wanted |= uint32_t{edges_[i].connected()} << i;
    }
    if constexpr (Keeps<Op>) {
      const uint32_t kept = op_.keeps(wanted);
      for (std::size_t i = 0; i < N; ++i) {
        if (kept >> i & 1 && inputs[i]->defined()) new (&kept_[i]) Saved(*inputs[i]);
      }
      for (std::size_t i = 0; i < result_count<Op>(); ++i) {
        if (kept >> (N + i) & 1) {
          new (&kept_[N + i]) Saved(Saved::output(as_span(results)[i], static_cast<uint32_t>(i)));
        }
      }
    }
    enter_tape(edges_);
  }

  void run(std::span<const Tensor> output_gradients, Gradients& gradients) const override {
    const Primals primals(std::span<const Saved>(kept_), N);
    if constexpr (result_count<Op>() == 1) {
      op_.vjp(primals, output_gradients[0], gradients);
    } else {
      op_.vjp(primals, output_gradients, gradients);
    }
  }
  std::span<const Edge> edges() const override { return edges_; }
  std::span<const Saved> saved() const override { return kept_; }
  OpReference op() const override;

 private:
  void free_saved() noexcept override {
    for (Saved& kept : kept_) kept.release();
  }

  [[no_unique_address]] Op op_;
  std::array<Edge, N> edges_;
  [[no_unique_address]] std::array<Saved, Keeps<Op> ? N + result_count<Op>() : 0> kept_;
};

inline bool wants_grad(const Tensor& x) { return core::impl(x) && core::impl(x)->requires_grad; }

template <class Op, class... Inputs>
Result<Op> apply(const Op& op, const Inputs&... inputs);

template <class Op, std::size_t N>
void record(const Op& op, const std::array<const Tensor*, N>& inputs, const Result<Op>& results) {
  auto node = detail::Reference<core::TapeNode>::adopt(new OpNode<Op, N>(op, inputs, results));
  if constexpr (result_count<Op>() == 1) {
    core::TensorImpl* tensor = core::impl(results);
    tensor->node = std::move(node);
    tensor->requires_grad = true;
  } else {
    set_node(results, node);
  }
}

template <class Op>
[[gnu::cold]] std::shared_ptr<const void> copy_of(const void* op) {
  return std::make_shared<const Op>(*static_cast<const Op*>(op));
}

// The answers of an operation of N inputs, for those that know neither.
template <class Op, class Indices>
struct Erased;
template <class Op, std::size_t... i>
struct Erased<Op, std::index_sequence<i...>> {
  static const Op& of(const void* op) { return *static_cast<const Op*>(op); }

  static void put(Result<Op>&& results, std::span<Tensor> to) {
    if constexpr (result_count<Op>() == 1) {
      to[0] = std::move(results);
    } else {
      std::move(results.begin(), results.end(), to.begin());
    }
  }

  [[gnu::cold]] static void apply(const void* op, [[maybe_unused]] std::span<const Tensor> x, std::span<Tensor> to) {
    put(autograd::apply(of(op), x[i]...), to);
  }
  [[gnu::cold]] static void record(const void* op, std::span<const Tensor> x, std::span<const Tensor> results) {
    if constexpr (Differentiable<Op>) {
      const std::array<const Tensor*, sizeof...(i)> inputs{&x[i]...};
      if constexpr (result_count<Op>() == 1) {
        autograd::record(of(op), inputs, results[0]);
      } else {
        Result<Op> copies;
        std::copy(results.begin(), results.end(), copies.begin());
        autograd::record(of(op), inputs, copies);
      }
    }
  }
  [[gnu::cold]] static void jvp(const void* op, const Primals& primals, std::span<const Tensor> dx,
                                std::span<Tensor> to) {
    if constexpr (Linear<Op>) {
      put(autograd::apply(of(op), dx[i]...), to);
    } else if constexpr (has_jvp) {
      put(of(op).jvp(primals, dx[i]...), to);
    }
  }
  [[gnu::cold]] static bool dual(const void* op, const Tensor* const* x, const Tensor* const* dx, std::span<Tensor> to,
                                 Tensor& tangent) {
    if constexpr (has_dual) {
      static_assert(sizeof...(i) <= OpTable::most_dual_inputs);
      auto [results, of_first] = of(op).dual(*x[i]..., *dx[i]...);
      if (!as_span(results)[0].defined()) return false;
      put(std::move(results), to);
      tangent = std::move(of_first);
    }
    return has_dual;
  }
  [[gnu::cold]] static void decompose(const void* op, std::span<const Tensor> x, std::span<Tensor> to) {
    if constexpr (has_decomposition) put(of(op).decompose(x[i]...), to);
  }

  [[gnu::cold]] static void batch(OpReference op, const Examples& examples, [[maybe_unused]] std::span<const Mapped> x,
                                  std::span<Tensor> to) {
    if constexpr (has_batch) put(of(op.op).batch(examples, x[i]...), to);
  }
  // Null where it is decomposed.
  static constexpr auto batch_rule() -> decltype(OpTable::batch) {
    if constexpr (has_batch) return batch;
    else if constexpr (Elementwise<Op>) return has_like ? batch_alike : batch_elementwise;
    else if constexpr (Looping<Op>) return batch_by_loop;
    else return nullptr;
  }

  static constexpr bool has_jvp = requires(const Op& op, const Primals& primals, std::span<const Tensor> dx) {
    op.jvp(primals, dx[i]...);
  };
  static constexpr bool has_dual = requires(const Op& op, std::span<const Tensor> x) { op.dual(x[i]..., x[i]...); };
  static constexpr bool has_batch = requires(const Op& op, const Examples& examples, std::span<const Mapped> x) {
    op.batch(examples, x[i]...);
  };
  static constexpr bool has_like = requires(const Op& op, std::span<const Tensor> x) { op.like(x[i]...); };
  static constexpr bool has_decomposition = requires(const Op& op, std::span<const Tensor> x) {
    op.decompose(x[i]...);
  };
  static_assert(answers_derivatives<Op>(sizeof...(i), has_jvp, has_decomposition),
                "an operation says how it is differentiated, both ways, or why it has no_derivative");
  static_assert(has_batch || Elementwise<Op> || Looping<Op> || has_decomposition || (sizeof...(i) == 0 && !Random<Op>),
                "an operation says how it is vectorized: elementwise, batch, batch_by_loop or decompose");
  [[gnu::cold]] static void infer(const void* op, bool complete, [[maybe_unused]] std::span<const Tensor> x,
                                  std::span<Tensor> to) {
    put(unfilled(of(op), complete, x[i]...), to);
  }
  // A program runs it again and again: not cold.
  static void compute(const void* op, [[maybe_unused]] std::span<const Tensor> x, std::span<const Tensor> to) {
    if constexpr (!is_view) {
      with_each<result_count<Op>()>(to, [&](const auto&... y) { of(op).compute(x[i]..., y...); });
    }
  }
  [[gnu::cold]] static std::optional<Instruction> followed_by(const void* op, std::span<const Tensor> x,
                                                              const Instruction& next) {
    return of(op).followed_by(next, x[i]...);
  }
  static constexpr auto followed_by_rule() -> decltype(OpTable::followed_by) {
    if constexpr (requires(const Op& op, const Instruction& next, std::span<const Tensor> x) {
                    op.followed_by(next, x[i]...);
                  }) {
      return followed_by;
    } else {
      return nullptr;
    }
  }
  static constexpr bool is_view = requires(const Op& op, std::span<const Tensor> x) { op.view(x[i]...); };
  static constexpr OpTable table{
      .name = [](const void* op) { return name_of(of(op)); },
      .attributes = [](const void* op) { return attributes_of(of(op)); },
      .apply = apply,
      .record = Differentiable<Op> ? record : nullptr,
      .jvp = Linear<Op> || has_jvp ? jvp : nullptr,
      .dual = has_dual ? dual : nullptr,
      .batch = batch_rule(),
      .decompose = has_decomposition ? decompose : nullptr,
      .copy = copy_of<Op>,
      .infer = infer,
      .compute = is_view ? nullptr : compute,
      .followed_by = followed_by_rule(),
      .random = Random<Op>,
      .elementwise = Elementwise<Op>,
      .identity = requires { requires Op::identity; },
  };
};
template <class Op, std::size_t N>
constexpr const OpTable& op_table = Erased<Op, std::make_index_sequence<N>>::table;

template <class Op, std::size_t N>
OpReference OpNode<Op, N>::op() const {
  return {&op_table<Op, N>, &op_};
}

// Runs an operation: its value, and what is to be known of it for derivatives.
template <class Op, class... Inputs>
Result<Op> apply(const Op& op, const Inputs&... inputs) {
  constexpr std::size_t count = sizeof...(Inputs);
  if (transforms) [[unlikely]] {
    if (trace || (Random<Op> && within_level()) || (... || is_lifted(inputs))) {
      Result<Op> results;
      if constexpr (result_count<Op>() == 1) {
        apply_lifted({&op_table<Op, count>, &op}, LentArguments<count>(inputs...), {&results, 1});
      } else {
        apply_lifted({&op_table<Op, count>, &op}, LentArguments<count>(inputs...), results);
      }
      return results;
    }
  }
  const bool recorded = recording && (... || wants_grad(inputs));
  if constexpr (!Differentiable<Op> && requires { op.decompose(inputs...); }) {
    if (recorded) return op.decompose(inputs...);
  }
  Result<Op> results = evaluate(op, recorded || transforms, inputs...);
  if constexpr (Differentiable<Op>) {
    if (recorded && is_floating(core::impl(as_span(results)[0])->dtype)) {
      record(op, std::array<const Tensor*, count>{&inputs...}, results);
    }
  }
  return results;
}

// Example by example, within a batch rule.
template <class Op, class... Inputs>
Result<Op> apply_in_loop(const Op& op, const Examples& examples, const Inputs&... inputs) {
  constexpr std::size_t count = sizeof...(Inputs);
  Result<Op> results;
  const OpReference reference{&op_table<Op, count>, &op};
  if constexpr (result_count<Op>() == 1) {
    batch_by_loop(reference, examples, std::array<Mapped, count>{inputs...}, {&results, 1});
  } else {
    batch_by_loop(reference, examples, std::array<Mapped, count>{inputs...}, results);
  }
  return results;
}

}  // namespace xtape::autograd
