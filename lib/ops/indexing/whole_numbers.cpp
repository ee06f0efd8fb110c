#include <cmath>
#include <optional>
#include <string>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "ops/registry.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"
#include "ops/support/find_element.hpp"

namespace xtape {

using ops::element_text;
using ops::find_element;

namespace {

template <class T>
bool is_whole(T number) {
  const auto value = static_cast<double>(number);
  return std::isfinite(value) && std::trunc(value) == value;
}

// What is left to each run of a program: while a function is captured there are no elements to check.
struct WholeNumbers {
  static constexpr const char* name = "whole_numbers";
  static constexpr const char* no_derivative = "the results are whole numbers";
  std::string what, cure;
  // None but that of int64.
  std::optional<int64_t> limit;

  void attributes(autograd::Attributes& to) const { to("limit", limit.value_or(-1)); }
  autograd::Spec shape(const Tensor& x) const { return {x.shape(), DType::int64}; }
  void compute(const Tensor& x, const Tensor& y) const {
    y.assign(limit ? detail::whole_numbers_below(what, x, *limit, cure) : detail::whole_numbers(what, x, cure));
  }
  Tensor batch(const autograd::Examples&, const autograd::Mapped& x) const { return autograd::apply(*this, x.value); }
};

Tensor checked_in_each_run(const std::string& what, const Tensor& x, const std::string& cure,
                           std::optional<int64_t> limit) {
  core::check_defined(what.c_str(), x);
  return autograd::apply(WholeNumbers{what, cure, limit}, x);
}

// Of elements that have to be whole and in `range`, which int64 holds: the latter is not checked here.
Tensor as_int64(const std::string& what, const Tensor& given, const std::string& range, const std::string& cure) {
  core::check_defined(what.c_str(), given);
  const Tensor x = detail::values_to_check(given);
  core::switch_dtype(x.dtype(), [&]<class T>(T) {
    const T* refused = find_element<T>(x, [](T number) { return !Scalar(number).fits<int64_t>(); });
    if (!refused) return;
    if (is_whole(*refused)) throw IndexError(element_text(what, x, refused) + " is outside " + range + cure);
    throw ValueError(element_text(what, x, refused) + " is not a whole number" + cure);
  });
  return ops::contiguous(what.c_str(), ops::converted(what.c_str(), given.detach(), int64));
}

}  // namespace

Tensor detail::values_to_check(const Tensor& x) {
  const Tensor values = autograd::without_lifts(x);
  return core::impl(values)->contiguous ? values : ops::copied("contiguous", values);
}

Tensor detail::whole_numbers(const std::string& what, const Tensor& x, const std::string& cure) {
  if (core::capturing) return checked_in_each_run(what, x, cure, std::nullopt);
  return as_int64(what, x, "the range of int64", cure);
}

Tensor detail::whole_numbers_below(const std::string& what, const Tensor& given, int64_t limit,
                                   const std::string& cure) {
  if (core::capturing) return checked_in_each_run(what, given, cure, limit);
  const std::string range = "[0, " + std::to_string(limit) + ")";
  const Tensor x = as_int64(what, given, range, cure);
  const Tensor values = values_to_check(x);
  const int64_t* outside = find_element<int64_t>(values, [=](int64_t number) { return number < 0 || number >= limit; });
  if (outside) throw IndexError(element_text(what, values, outside) + " is outside " + range + cure);
  return x;
}

void ops::describe_whole_numbers(autograd::Registry& to) { to.add<WholeNumbers, 1>(); }

}  // namespace xtape
