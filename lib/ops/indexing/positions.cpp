#include "ops/indexing/positions.hpp"

#include <string>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "ops/registry.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/find_element.hpp"

namespace xtape {
namespace {

// What is left to each run of a program: while a function is captured there are no elements to check.
struct Positions {
  static constexpr const char* name = "positions";
  static constexpr const char* no_derivative = "the results are whole numbers";
  const char* operation;
  int64_t length;

  void attributes(autograd::Attributes& to) const { to("length", length); }
  autograd::Spec shape(const Tensor& indices) const { return {indices.shape(), DType::int64}; }
  void compute(const Tensor& indices, const Tensor& y) const { y.assign(ops::positions(operation, indices, length)); }
  Tensor batch(const autograd::Examples&, const autograd::Mapped& x) const { return autograd::apply(*this, x.value); }
};

}  // namespace

void ops::check_integers(const char* operation, const char* what, const Tensor& x) {
  core::check_defined(operation, x);
  if (!is_integer(x.dtype())) {
    throw DTypeError(std::string(operation) + ": expected integer " + what + ", got " + name(x.dtype()));
  }
}

Tensor ops::positions(const char* operation, const Tensor& indices, int64_t length) {
  check_integers(operation, "indices", indices);
  if (core::capturing) return autograd::apply(Positions{operation, length}, indices);
  const Tensor x = ops::contiguous(operation, ops::converted(operation, indices, int64));
  const Tensor values = detail::values_to_check(x);
  const int64_t* outside =
      find_element<int64_t>(values, [=](int64_t index) { return index < -length || index >= length; });
  if (outside) {
    throw IndexError(element_text(std::string(operation) + ": index", values, outside) +
                     " is out of range for an axis of length " + std::to_string(length));
  }
  const bool counted_from_front = !find_element<int64_t>(values, [](int64_t index) { return index < 0; });
  return counted_from_front ? x : where(x < 0, x + length, x);
}

void ops::describe_positions(autograd::Registry& to) { to.add<Positions, 1>(); }

}  // namespace xtape
