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
    constexpr const OpTable& table = op_table<Op, N>;
    using Kind = OpEntry::Kind;
    constexpr bool is_view = views<Op>(std::make_index_sequence<N>());
    OpEntry& entry = add_entry<Op>(name, is_view ? Kind::view : N == 0 ? Kind::creation : Kind::value, table);
    entry.inputs = N;
    entry.results = result_count<Op>();
  }
  // Of any number of inputs.
  template <class Op>
  void add_list(const char* name = Op::name) {
    add_entry<Op>(name, OpEntry::Kind::value, ErasedList<Op>::table);
  }
  // One that changes its first input, of N.
  template <class Op, std::size_t N>
  void add_in_place(const char* name = Op::name) {
    OpEntry& entry = add_entry<Op>(name, OpEntry::Kind::in_place, {});
    entry.inputs = N;
    entry.results = 0;
  }
  // One that changes some of the inputs in its list.
  template <class Op>
  void add_list_in_place(const char* name) {
    add_entry<Op>(name, OpEntry::Kind::in_place, {}).results = 0;
  }

  const std::vector<OpEntry>& entries() const { return entries_; }

 private:
  template <class Op, std::size_t... i>
  static constexpr bool views(std::index_sequence<i...>) {
    return requires(const Op& op, std::span<const Tensor> x) { op.view(x[i]...); };
  }

  template <class Op>
  OpEntry& add_entry(const char* name, OpEntry::Kind kind, const OpTable& table) {
    using Answer = OpEntry::Answer;
    OpEntry entry{family_, name, kind, {}, {}, attribute_names(Op{})};
    const Answer otherwise = table.decompose ? Answer::decomposition : Answer::none;
    entry.reverse = table.record ? Answer::rule : otherwise;
    entry.forward = Linear<Op> ? Answer::linear : table.jvp ? Answer::rule : otherwise;
    entry.batch = Elementwise<Op> ? Answer::elementwise
                  : Looping<Op>   ? Answer::loop
                  : table.batch   ? Answer::rule
                                  : otherwise;
    if constexpr (Looping<Op>) entry.loop_reason = Op::batch_by_loop;
    if constexpr (requires { Op::no_derivative; }) entry.reason = Op::no_derivative;
    entries_.push_back(std::move(entry));
    return entries_.back();
  }
  template <class Op>
  static std::vector<std::string> attribute_names(const Op& op) {
    Attributes attributes;
    if constexpr (requires { op.attributes(attributes); }) op.attributes(attributes);
    return attributes.names();
  }

  const char* family_ = "";
  std::vector<OpEntry> entries_;
};

}  // namespace xtape::autograd
