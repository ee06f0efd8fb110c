#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "autograd/in_place.hpp"
#include "autograd/list_op.hpp"
#include "autograd/op.hpp"

// What operations there are, for those who walk them: documentation, tests, transforms of programs.
namespace xtape::autograd {

// What an operation is, and how it answers.
struct OpEntry {
  enum class Kind { value, view, creation, in_place };
  // `rule`: its own. `linear`: the operation itself, applied to the tangent. `elementwise`: the operation itself,
  // applied to all examples. `decomposition`: that of the operations that it can be said with. `loop`: example by
  // example, for `loop_reason`. `none`: it has no derivative, for `reason`, or no inputs to be mapped.
  enum class Answer { rule, linear, elementwise, decomposition, loop, none };

  // Its folder in lib/ops.
  std::string family;
  std::string name;
  Kind kind;
  // Nothing where any number will do.
  std::optional<std::size_t> inputs, results;
  std::vector<std::string> attributes;
  Answer reverse = Answer::none, forward = Answer::none, batch = Answer::none;
  std::string reason = {}, loop_reason = {};
};

class Registry {
 public:
  void begin_family(const char* family) { family_ = family; }

  // An operation of N inputs, by its own name or, where several share a struct, by this one.
  template <class Op, std::size_t N>
  void add(const char* name = Op::name) {
    using Kind = OpEntry::Kind;
    constexpr bool is_view = views<Op>(std::make_index_sequence<N>());
    add({name,
         is_view  ? Kind::view
         : N == 0 ? Kind::creation
                  : Kind::value,
         N, result_count<Op>()},
        op_table<Op, N>, traits_of<Op>());
  }
  // Of any number of inputs.
  template <class Op>
  void add_list(const char* name = Op::name) {
    add({name, OpEntry::Kind::value, {}, {}}, ErasedList<Op>::table, traits_of<Op>());
  }
  // One that changes its first input, of N.
  template <class Op, std::size_t N>
  void add_in_place(const char* name = Op::name) {
    add({name, OpEntry::Kind::in_place, N, 0}, {}, traits_of<Op>());
  }
  // One that changes some of the inputs in its list.
  template <class Op>
  void add_list_in_place(const char* name) {
    add({name, OpEntry::Kind::in_place, {}, 0}, {}, traits_of<Op>());
  }

  const std::vector<OpEntry>& entries() const { return entries_; }

 private:
  template <class Op, std::size_t... i>
  static constexpr bool views(std::index_sequence<i...>) {
    return requires(const Op& op, std::span<const Tensor> x) { op.view(x[i]...); };
  }

  // What is known of an operation by its type, for code that is the same for all of them.
  struct Signature {
    const char* name;
    OpEntry::Kind kind;
    std::optional<std::size_t> inputs, results;
  };
  struct Traits {
    bool linear, elementwise;
    const char *loop_reason, *reason;
    void (*attributes)(Attributes& to);
  };
  template <class Op>
  static constexpr Traits traits_of() {
    Traits traits{Linear<Op>, Elementwise<Op>, nullptr, nullptr, [](Attributes& to) {
                    if constexpr (requires(const Op& op) { op.attributes(to); }) Op{}.attributes(to);
                  }};
    if constexpr (Looping<Op>) traits.loop_reason = Op::batch_by_loop;
    if constexpr (requires { Op::no_derivative; }) traits.reason = Op::no_derivative;
    return traits;
  }
  void add(const Signature& signature, const OpTable& table, const Traits& traits);

  const char* family_ = "";
  std::vector<OpEntry> entries_;
};

}  // namespace xtape::autograd
