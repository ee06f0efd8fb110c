#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::regularizers {

std::shared_ptr<Regularizer> Regularizer::from_name(const std::string& name) {
  if (name == "l1" || name == "L1") return std::make_shared<L1>();
  if (name == "l2" || name == "L2") return std::make_shared<L2>();
  if (name == "l1_l2" || name == "L1L2") return std::make_shared<L1L2>(L1L2Options{.l1 = 0.01, .l2 = 0.01});
  detail::throw_unknown_name("regularizer", name, {"l1", "l2", "l1_l2"});
}

L1L2::L1L2(L1L2Options options) : options_(options) {
  detail::check_number("L1L2", "l1", options_.l1, detail::Range::finite_and_not_negative);
  detail::check_number("L1L2", "l2", options_.l2, detail::Range::finite_and_not_negative);
}

Tensor L1L2::operator()(const Tensor& weight) const {
  if (options_.l1 == 0 && options_.l2 == 0) return zeros({}, weight.dtype());
  if (options_.l1 == 0) return sum(square(weight)) * options_.l2;
  const Tensor absolute = sum(abs(weight)) * options_.l1;
  return options_.l2 == 0 ? absolute : absolute + sum(square(weight)) * options_.l2;
}

}  // namespace xtape::regularizers
