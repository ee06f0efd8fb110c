#pragma once

#include <xtape/ops/creation.hpp>
#include <xtape/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "autograd/op.hpp"

// Operations of any number of inputs or results. Their answers are those of op.hpp, with lists in place of single
// tensors:
//
//   name, keeps_all      constants; the latter, if true: derivatives read inputs and results. Without it: none of them
//   outputs()            how many results there are
//   shapes(x)            shapes and types of the results
//   compute(x, y)        fills them
//   results(x)           instead of both: what it shares with an input, or has computed already
//   vjp(primals, g, gradients)   gradients of unused results are undefined
//   jvp(primals, dx)     the tangents of the results; undefined tangents are zero
//   linear               instead of jvp: linear in all inputs together, which are all defined
//   decompose(x)         the same in other public operations
//   elementwise          true: inputs broadcast, and all results have their common shape
//   batch(examples, x), batch_by_loop   as those of op.hpp
//   opaque               true: name and attributes do not say all that it computes by, as with functions of the user's
namespace xtape::autograd {

template <class Op>
concept DifferentiableList = requires(const Op& op, const Primals& primals, std::span<const Tensor> g,
                                      Gradients& gradients) { op.vjp(primals, g, gradients); };

template <class Op>
class ListNode final : public Node {
 public:
  ListNode(const Op& op, std::span<const Tensor> inputs, std::span<const Tensor> outputs)
      : Node(name_of(op), outputs), op_(op), edges_(inputs.begin(), inputs.end()) {
    if constexpr (requires { requires Op::keeps_all; }) {
      for (const Tensor& input : inputs) kept_.push_back(input.defined() ? Saved(input) : Saved());
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        kept_.push_back(Saved::output(outputs[i], static_cast<uint32_t>(i)));
      }
    }
    enter_tape(edges_);
  }

  void run(std::span<const Tensor> output_gradients, Gradients& gradients) const override {
    op_->vjp(Primals(std::span<const Saved>(kept_), edges_.size()), output_gradients, gradients);
  }
  std::span<const Edge> edges() const override { return edges_; }
  std::span<const Saved> saved() const override { return kept_; }
  OpReference op() const override;

 private:
  // What the operation itself holds goes too: functions of the user's, and what they capture.
  void free_saved() noexcept override {
    kept_ = {};
    op_.reset();
  }

  std::optional<Op> op_;
  std::vector<Edge> edges_;
  std::vector<Saved> kept_;
};

template <class Op>
std::vector<Tensor> apply_list(const Op& op, std::span<const Tensor> inputs);

template <class Op>
void record_list(const Op& op, std::span<const Tensor> inputs, std::span<const Tensor> outputs) {
  set_node(outputs, detail::Reference<core::TapeNode>::adopt(new ListNode<Op>(op, inputs, outputs)));
}

// The results before they are computed; those that an operation has itself are whole.
template <class Op>
std::vector<Tensor> unfilled_list(const Op& op, std::span<const Tensor> inputs) {
  if constexpr (requires { op.results(inputs); }) {
    return op.results(inputs);
  } else {
    std::vector<Tensor> outputs;
    for (const Spec& spec : op.shapes(inputs)) {
      outputs.push_back(spec.wanted ? core::make_tensor(spec.shape, spec.dtype, name_of(op)) : Tensor());
    }
    return outputs;
  }
}

template <class Op>
struct ErasedList {
  static const Op& of(const void* op) { return *static_cast<const Op*>(op); }
  static void put(std::vector<Tensor>&& outputs, std::span<Tensor> to) {
    std::move(outputs.begin(), outputs.end(), to.begin());
  }

  [[gnu::cold]] static void apply(const void* op, std::span<const Tensor> inputs, std::span<Tensor> to) {
    put(apply_list(of(op), inputs), to);
  }
  [[gnu::cold]] static void record(const void* op, std::span<const Tensor> inputs, std::span<const Tensor> outputs) {
    if constexpr (DifferentiableList<Op>) record_list(of(op), inputs, outputs);
  }
  [[gnu::cold]] static void jvp(const void* op, const Primals& primals, std::span<const Tensor> tangents,
                                std::span<Tensor> to) {
    if constexpr (Linear<Op>) {
      std::vector<Tensor> inputs(tangents.begin(), tangents.end());
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!inputs[i].defined()) inputs[i] = zeros_like(primals.input(i));
      }
      apply(op, inputs, to);
    } else if constexpr (has_jvp) {
      put(of(op).jvp(primals, tangents), to);
    }
  }
  [[gnu::cold]] static void decompose(const void* op, std::span<const Tensor> inputs, std::span<Tensor> to) {
    if constexpr (has_decomposition) put(of(op).decompose(inputs), to);
  }

  [[gnu::cold]] static void batch(OpReference op, const Examples& examples, std::span<const Mapped> inputs,
                                  std::span<Tensor> to) {
    if constexpr (has_batch) put(of(op.op).batch(examples, inputs), to);
  }
  // Null where it is decomposed.
  static constexpr auto batch_rule() -> decltype(OpTable::batch) {
    if constexpr (has_batch) return batch;
    else if constexpr (Elementwise<Op>) return batch_elementwise;
    else if constexpr (Looping<Op>) return batch_by_loop;
    else return nullptr;
  }

  [[gnu::cold]] static void infer(const void* op, bool, std::span<const Tensor> inputs, std::span<Tensor> to) {
    put(unfilled_list(of(op), inputs), to);
  }
  static void compute(const void* op, std::span<const Tensor> inputs, std::span<const Tensor> outputs) {
    if constexpr (computes) of(op).compute(inputs, outputs);
  }

  static constexpr bool computes = requires(const Op& op, std::span<const Tensor> x) { op.compute(x, x); };
  static constexpr bool has_jvp = requires(const Op& op, const Primals& primals, std::span<const Tensor> dx) {
    op.jvp(primals, dx);
  };
  static constexpr bool has_batch = requires(const Op& op, const Examples& examples, std::span<const Mapped> x) {
    op.batch(examples, x);
  };
  static constexpr bool has_decomposition = requires(const Op& op, std::span<const Tensor> x) { op.decompose(x); };
  static_assert(has_batch || Elementwise<Op> || Looping<Op> || has_decomposition,
                "an operation says how it is vectorized: elementwise, batch, batch_by_loop or decompose");
  static constexpr OpTable table{
      .name = [](const void* op) { return name_of(of(op)); },
      .attributes = [](const void* op) { return attributes_of(of(op)); },
      .apply = apply,
      .record = DifferentiableList<Op> ? record : nullptr,
      .jvp = Linear<Op> || has_jvp ? jvp : nullptr,
      .batch = batch_rule(),
      .decompose = has_decomposition ? decompose : nullptr,
      .copy = copy_of<Op>,
      .infer = infer,
      .compute = computes ? compute : nullptr,
      .elementwise = Elementwise<Op>,
      .opaque = requires { requires Op::opaque; },
  };
};

template <class Op>
OpReference ListNode<Op>::op() const {
  return {&ErasedList<Op>::table, op_ ? &*op_ : nullptr};
}

template <class Op>
std::vector<Tensor> apply_list(const Op& op, std::span<const Tensor> inputs) {
  if (transforms && (trace || std::any_of(inputs.begin(), inputs.end(), is_lifted))) [[unlikely]] {
    std::vector<Tensor> outputs(op.outputs());
    apply_lifted({&ErasedList<Op>::table, &op}, inputs, outputs);
    return outputs;
  }
  const bool recorded = recording && std::any_of(inputs.begin(), inputs.end(), wants_grad);
  if constexpr (!DifferentiableList<Op> && ErasedList<Op>::has_decomposition) {
    if (recorded) return op.decompose(inputs);
  }
  std::vector<Tensor> outputs = unfilled_list(op, inputs);
  if constexpr (!requires { op.results(inputs); }) op.compute(inputs, outputs);
  if constexpr (DifferentiableList<Op>) {
    const auto floating = [](const Tensor& y) { return is_floating(core::impl(y)->dtype); };
    if (recorded && std::any_of(outputs.begin(), outputs.end(), floating)) record_list(op, inputs, outputs);
  }
  return outputs;
}

}  // namespace xtape::autograd
