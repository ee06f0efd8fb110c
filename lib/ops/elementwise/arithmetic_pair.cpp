#include "ops/elementwise/arithmetic_pair.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "core/element.hpp"
#include "formulas/list.hpp"
#include "kernels/elementwise/arithmetic_pair.hpp"
#include "ops/elementwise/binary.hpp"
#include "ops/elementwise/scalar_arithmetic.hpp"
#include "ops/registry.hpp"

namespace xtape::ops {
namespace {

struct PairRule {
  const char *first, *second;
  // Whether the second operation has the result of the first on its right.
  bool swapped;
  void (*kernel)(const float* a, const float* b, int64_t step_b, const float* c, int64_t step_c, float* y, int64_t n);
};

#define XTAPE_PAIR_RULE(First, Second, swapped)         \
  {formulas::First::name, formulas::Second::name, swapped, \
   kernels::arithmetic_pair<formulas::First, formulas::Second, swapped>},
constexpr PairRule rules[] = {XTAPE_ARITHMETIC_PAIRS(XTAPE_PAIR_RULE)};
#undef XTAPE_PAIR_RULE

bool commutes(std::string_view operation) { return operation != formulas::Sub::name; }

// Operations on registers, in one pass: the second on the result of the first and c. The first operand of the first one
// is as large as the result; b and c are so too, or one number, which is an input or stands here. It is made where a
// program is, out of operations, and never recorded.
struct ArithmeticPair {
  static constexpr const char* name = "arithmetic_pair";
  static constexpr bool elementwise = true;
  const PairRule* rule = nullptr;
  bool b_stays = false, c_stays = false;
  std::optional<float> b = {}, c = {};

  // Without a rule: all of them, for those who list their names.
  void attributes(autograd::Attributes& to) const {
    to("first", rule ? rule->first : ""), to("second", rule ? rule->second : "");
    if (!rule || rule->swapped) to("swapped", true);
    if (!rule || b) to("b", b.value_or(0));
    if (!rule || c) to("c", c.value_or(0));
  }
  const Tensor& like(const Tensor& x, const Tensor&, const Tensor&) const { return x; }
  void compute(const Tensor& x, const Tensor& given_b, const Tensor& given_c, const Tensor& y) const {
    const float* from_b = b ? &*b : core::elements<const float>(given_b);
    const float* from_c = c ? &*c : core::elements<const float>(given_c);
    rule->kernel(core::elements<const float>(x), from_b, b_stays ? 0 : 1, from_c, c_stays ? 0 : 1,
                 core::elements<float>(y), core::impl(y)->numel);
  }
  Tensor decompose(const Tensor& x, const Tensor& given_b, const Tensor& given_c) const {
    const auto apply = [](std::string_view operation, const Tensor& left, const Tensor& right) {
      if (operation == formulas::Mul::name) return left * right;
      return operation == formulas::Add::name ? left + right : left - right;
    };
    const Tensor first = apply(rule->first, x, b ? tensor(*b) : given_b), second = c ? tensor(*c) : given_c;
    return rule->swapped ? apply(rule->second, second, first) : apply(rule->second, first, second);
  }
};

// A tensor, or a number.
struct Operand {
  Tensor tensor = {};
  std::optional<float> number = {};

  bool is_one_number() const { return number || core::impl(tensor)->numel == 1; }
};

// What an instruction computes, if it is one of the operations that a pair is made of.
struct Arithmetic {
  std::string_view name;
  Operand left, right;
};

std::optional<Arithmetic> arithmetic_of(const autograd::Instruction& instruction) {
  if (instruction.outputs.size() != 1 || instruction.outputs[0].dtype() != DType::float32) return {};
  const auto with_number = [&](const auto& op) {
    return Arithmetic{op.name, {instruction.inputs[0], {}}, {{}, core::element<float>(op.name, op.number)}};
  };
  const void* op = instruction.op.get();
  if (instruction.table == &autograd::op_table<AddNumber, 1>) return with_number(*static_cast<const AddNumber*>(op));
  if (instruction.table == &autograd::op_table<MultiplyNumber, 1>) {
    return with_number(*static_cast<const MultiplyNumber*>(op));
  }
  if (instruction.table != &autograd::op_table<Binary, 2>) return {};
  return Arithmetic{
      static_cast<const Binary*>(op)->rule->name, {instruction.inputs[0], {}}, {instruction.inputs[1], {}}};
}

}  // namespace

std::optional<autograd::Instruction> arithmetic_pair(const autograd::Instruction& first,
                                                     const autograd::Instruction& next, std::size_t position) {
  std::optional<Arithmetic> inner = arithmetic_of(first), outer = arithmetic_of(next);
  if (!inner || !outer) return {};
  const Shape& shape = core::impl(next.outputs[0])->shape;
  const auto whole = [&](const Tensor& x) {
    const core::TensorImpl* tensor = core::impl(x);
    return tensor && tensor->contiguous && tensor->shape == shape;
  };
  const auto fits = [&](const Operand& operand) { return operand.is_one_number() || whole(operand.tensor); };
  if (!whole(inner->left.tensor) && commutes(inner->name)) std::swap(inner->left, inner->right);
  const Operand& other = position == 0 ? outer->right : outer->left;
  if (!whole(next.inputs[position]) || !whole(inner->left.tensor) || !fits(inner->right) || !fits(other)) return {};

  const bool swapped = position == 1 && !commutes(outer->name);
  const auto rule = std::find_if(std::begin(rules), std::end(rules), [&](const PairRule& known) {
    return inner->name == known.first && outer->name == known.second && known.swapped == swapped;
  });
  if (rule == std::end(rules)) return {};
  ArithmeticPair pair{rule, !whole(inner->right.tensor), !whole(other.tensor), inner->right.number, other.number};
  return autograd::Instruction{&autograd::op_table<ArithmeticPair, 3>,
                               std::make_shared<const ArithmeticPair>(std::move(pair)),
                               {inner->left.tensor, inner->right.tensor, other.tensor},
                               next.outputs};
}

void describe_arithmetic_pair(autograd::Registry& to) { to.add<ArithmeticPair, 3>(); }

}  // namespace xtape::ops
