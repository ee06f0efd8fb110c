#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/symbol.hpp>
#include <xtape/scalar.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {

struct OperationOptions {
  /// Keras's name: "add", "power", "mean", "not_equal", "get_item".
  std::string op = {};
  /// Of one that takes two tensors, as arithmetic, comparisons, take and tensordot do: a number, or a tensor in Keras's
  /// form, in the place of one of both, the first or the last.
  Config constant = {};
  bool constant_first = false;
  /// Of one that takes several tensors, as where, concatenate, stack and einsum do too: what stands in the place of
  /// each, like `constant`; null where a symbol stands. Default: symbols everywhere.
  std::vector<Config> constants = {};
  /// Of get_item: what stands in the brackets, in Keras's form.
  Config key = {};
  /// Of reshape: the new shape, the batch and all, in which one length may be -1: what is left.
  std::optional<Shape> newshape = {};
  /// Of expand_dims those that the result has. Default: all axes of a reduction, of squeeze those that are of length 1
  /// in the first symbol it is called on (not an unknown length, such as that of the batch), else the last one.
  std::optional<Axes> axis = {};
  bool keepdims = false;
  /// Of softmax, transpose, split and others that have options of their own: these, by Keras's names, as `{"axes":
  /// [0, 2, 1]}`, and of pad constant_values, which Keras has beside the tensor. Default, and of those that are not
  /// given: Keras's.
  Config options = {};
  /// Default: that of the operation, numbered.
  std::string name = {};
  bool trainable = true;
  /// Of the result of cast, convert_to_tensor, zeros_like, ones_like and prod; default, and of the others: what the
  /// operation on tensors gives.
  std::optional<DType> dtype = {};

  XTAPE_API void fields(Fields& f);
};

/// An operation as a layer: what arithmetic, comparisons and indices of symbols make. Its class is called as Keras's,
/// and written as Keras does. It takes tensors of any type as they are.
class XTAPE_API Operation : public Layer {
 public:
  /// @throws ValueError for an unknown operation, with the nearest ones, and for an option that it does not take.
  explicit Operation(OperationOptions options);  // refused? see OperationOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Operation from_config(const Config& config);
};

}  // namespace xtape::layers

// Arithmetic on symbols; the functions are those of symbol_operations.hpp.
namespace xtape {

/// A Concatenate layer, as in Keras.
XTAPE_API Symbol concatenate(const std::vector<Symbol>& symbols, Axis axis = -1);
/// For the library's own use: what `stack` and `einsum` do.
XTAPE_API Symbol stack_symbols(const std::vector<Symbol>& symbols, Axis axis);
XTAPE_API Symbol einsum_of_symbols(const std::string& equation, const std::vector<Symbol>& operands);
/// As those of tensors. Templates, so that empty braces stand for tensors.
template <std::same_as<Symbol> One>
Symbol stack(const std::vector<One>& symbols, Axis axis = 0) {
  return stack_symbols(symbols, axis);
}
template <std::same_as<Symbol> One>
Symbol stack(std::initializer_list<One> symbols, Axis axis = 0) {
  return stack_symbols(symbols, axis);
}
template <std::same_as<Symbol> One>
Symbol einsum(const std::string& equation, const std::vector<One>& operands) {
  return einsum_of_symbols(equation, operands);
}
template <std::same_as<Symbol> One>
Symbol einsum(const std::string& equation, std::initializer_list<One> operands) {
  return einsum_of_symbols(equation, operands);
}

inline Symbol operator+(const Symbol& a, const Symbol& b) { return add(a, b); }
inline Symbol operator+(const Symbol& a, const Tensor& b) { return add(a, b); }
inline Symbol operator+(const Tensor& a, const Symbol& b) { return add(a, b); }
inline Symbol operator+(const Symbol& a, Scalar b) { return add(a, b); }
inline Symbol operator+(Scalar a, const Symbol& b) { return add(a, b); }
inline Symbol operator-(const Symbol& a, const Symbol& b) { return subtract(a, b); }
inline Symbol operator-(const Symbol& a, const Tensor& b) { return subtract(a, b); }
inline Symbol operator-(const Tensor& a, const Symbol& b) { return subtract(a, b); }
inline Symbol operator-(const Symbol& a, Scalar b) { return subtract(a, b); }
inline Symbol operator-(Scalar a, const Symbol& b) { return subtract(a, b); }
inline Symbol operator*(const Symbol& a, const Symbol& b) { return multiply(a, b); }
inline Symbol operator*(const Symbol& a, const Tensor& b) { return multiply(a, b); }
inline Symbol operator*(const Tensor& a, const Symbol& b) { return multiply(a, b); }
inline Symbol operator*(const Symbol& a, Scalar b) { return multiply(a, b); }
inline Symbol operator*(Scalar a, const Symbol& b) { return multiply(a, b); }
inline Symbol operator/(const Symbol& a, const Symbol& b) { return true_divide(a, b); }
inline Symbol operator/(const Symbol& a, const Tensor& b) { return true_divide(a, b); }
inline Symbol operator/(const Tensor& a, const Symbol& b) { return true_divide(a, b); }
inline Symbol operator/(const Symbol& a, Scalar b) { return true_divide(a, b); }
inline Symbol operator/(Scalar a, const Symbol& b) { return true_divide(a, b); }
inline Symbol operator==(const Symbol& a, const Symbol& b) { return equal(a, b); }
inline Symbol operator==(const Symbol& a, const Tensor& b) { return equal(a, b); }
inline Symbol operator==(const Tensor& a, const Symbol& b) { return equal(b, a); }
inline Symbol operator==(const Symbol& a, Scalar b) { return equal(a, b); }
inline Symbol operator==(Scalar a, const Symbol& b) { return equal(b, a); }
inline Symbol operator!=(const Symbol& a, const Symbol& b) { return not_equal(a, b); }
inline Symbol operator!=(const Symbol& a, const Tensor& b) { return not_equal(a, b); }
inline Symbol operator!=(const Tensor& a, const Symbol& b) { return not_equal(b, a); }
inline Symbol operator!=(const Symbol& a, Scalar b) { return not_equal(a, b); }
inline Symbol operator!=(Scalar a, const Symbol& b) { return not_equal(b, a); }
inline Symbol operator<(const Symbol& a, const Symbol& b) { return less(a, b); }
inline Symbol operator<(const Symbol& a, const Tensor& b) { return less(a, b); }
inline Symbol operator<(const Tensor& a, const Symbol& b) { return greater(b, a); }
inline Symbol operator<(const Symbol& a, Scalar b) { return less(a, b); }
inline Symbol operator<(Scalar a, const Symbol& b) { return greater(b, a); }
inline Symbol operator<=(const Symbol& a, const Symbol& b) { return less_equal(a, b); }
inline Symbol operator<=(const Symbol& a, const Tensor& b) { return less_equal(a, b); }
inline Symbol operator<=(const Tensor& a, const Symbol& b) { return greater_equal(b, a); }
inline Symbol operator<=(const Symbol& a, Scalar b) { return less_equal(a, b); }
inline Symbol operator<=(Scalar a, const Symbol& b) { return greater_equal(b, a); }
inline Symbol operator>(const Symbol& a, const Symbol& b) { return greater(a, b); }
inline Symbol operator>(const Symbol& a, const Tensor& b) { return greater(a, b); }
inline Symbol operator>(const Tensor& a, const Symbol& b) { return less(b, a); }
inline Symbol operator>(const Symbol& a, Scalar b) { return greater(a, b); }
inline Symbol operator>(Scalar a, const Symbol& b) { return less(b, a); }
inline Symbol operator>=(const Symbol& a, const Symbol& b) { return greater_equal(a, b); }
inline Symbol operator>=(const Symbol& a, const Tensor& b) { return greater_equal(a, b); }
inline Symbol operator>=(const Tensor& a, const Symbol& b) { return less_equal(b, a); }
inline Symbol operator>=(const Symbol& a, Scalar b) { return greater_equal(a, b); }
inline Symbol operator>=(Scalar a, const Symbol& b) { return less_equal(b, a); }

inline Symbol operator-(const Symbol& x) { return negative(x); }

}  // namespace xtape
