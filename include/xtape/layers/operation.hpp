#pragma once

#include <optional>
#include <string>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/symbol.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {

struct OperationOptions {
  /// Keras's name: "add", "power", "mean".
  std::string op = {};
  /// A number, or a tensor in Keras's form, in the place of one of two arguments, the first or the last.
  Config constant = {};
  bool constant_first = false;
  std::optional<Axes> axis = {};
  bool keepdims = false;
  /// Default: that of the operation, numbered.
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// An operation as a layer: what arithmetic on symbols makes. Its class is called as Keras's, and written as Keras
/// does.
class XTAPE_API Operation : public Layer {
 public:
  /// @throws ValueError for an unknown operation, with the nearest ones.
  explicit Operation(OperationOptions options);  // refused? see OperationOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Operation from_config(const Config& config);
};

}  // namespace xtape::layers

// Arithmetic on symbols; the functions are those of symbol_operations.hpp.
namespace xtape {

/// A Concatenate layer, as in Keras.
XTAPE_API Symbol concatenate(const std::vector<Symbol>& symbols, Axis axis = -1);

inline Symbol operator+(const Symbol& a, const Symbol& b) { return add(a, b); }
inline Symbol operator+(const Symbol& a, const Tensor& b) { return add(a, b); }
inline Symbol operator+(const Tensor& a, const Symbol& b) { return add(a, b); }
inline Symbol operator+(const Symbol& a, double b) { return add(a, b); }
inline Symbol operator+(double a, const Symbol& b) { return add(a, b); }
inline Symbol operator-(const Symbol& a, const Symbol& b) { return subtract(a, b); }
inline Symbol operator-(const Symbol& a, const Tensor& b) { return subtract(a, b); }
inline Symbol operator-(const Tensor& a, const Symbol& b) { return subtract(a, b); }
inline Symbol operator-(const Symbol& a, double b) { return subtract(a, b); }
inline Symbol operator-(double a, const Symbol& b) { return subtract(a, b); }
inline Symbol operator*(const Symbol& a, const Symbol& b) { return multiply(a, b); }
inline Symbol operator*(const Symbol& a, const Tensor& b) { return multiply(a, b); }
inline Symbol operator*(const Tensor& a, const Symbol& b) { return multiply(a, b); }
inline Symbol operator*(const Symbol& a, double b) { return multiply(a, b); }
inline Symbol operator*(double a, const Symbol& b) { return multiply(a, b); }
inline Symbol operator/(const Symbol& a, const Symbol& b) { return divide(a, b); }
inline Symbol operator/(const Symbol& a, const Tensor& b) { return divide(a, b); }
inline Symbol operator/(const Tensor& a, const Symbol& b) { return divide(a, b); }
inline Symbol operator/(const Symbol& a, double b) { return divide(a, b); }
inline Symbol operator/(double a, const Symbol& b) { return divide(a, b); }

inline Symbol operator-(const Symbol& x) { return negative(x); }

}  // namespace xtape
