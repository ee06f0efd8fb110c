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

/// An operation as a layer: what arithmetic on symbols makes. Its class is called as Keras's, and written as Keras does.
class XTAPE_API Operation : public Layer {
 public:
  /// @throws ValueError for an unknown operation, with the nearest ones.
  explicit Operation(OperationOptions options);  // refused? see OperationOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Operation from_config(const Config& config);
};

}  // namespace xtape::layers

// Operations on symbols, or on a symbol and a tensor or number that the model holds as it is; see those of the same names
// on tensors.
namespace xtape {

XTAPE_API Symbol add(const Symbol& a, const Symbol& b);
XTAPE_API Symbol add(const Symbol& a, const Tensor& b);
XTAPE_API Symbol add(const Tensor& a, const Symbol& b);
XTAPE_API Symbol add(const Symbol& a, double b);
XTAPE_API Symbol add(double a, const Symbol& b);
XTAPE_API Symbol subtract(const Symbol& a, const Symbol& b);
XTAPE_API Symbol subtract(const Symbol& a, const Tensor& b);
XTAPE_API Symbol subtract(const Tensor& a, const Symbol& b);
XTAPE_API Symbol subtract(const Symbol& a, double b);
XTAPE_API Symbol subtract(double a, const Symbol& b);
XTAPE_API Symbol multiply(const Symbol& a, const Symbol& b);
XTAPE_API Symbol multiply(const Symbol& a, const Tensor& b);
XTAPE_API Symbol multiply(const Tensor& a, const Symbol& b);
XTAPE_API Symbol multiply(const Symbol& a, double b);
XTAPE_API Symbol multiply(double a, const Symbol& b);
XTAPE_API Symbol divide(const Symbol& a, const Symbol& b);
XTAPE_API Symbol divide(const Symbol& a, const Tensor& b);
XTAPE_API Symbol divide(const Tensor& a, const Symbol& b);
XTAPE_API Symbol divide(const Symbol& a, double b);
XTAPE_API Symbol divide(double a, const Symbol& b);
XTAPE_API Symbol pow(const Symbol& a, const Symbol& b);
XTAPE_API Symbol pow(const Symbol& a, const Tensor& b);
XTAPE_API Symbol pow(const Tensor& a, const Symbol& b);
XTAPE_API Symbol pow(const Symbol& a, double b);
XTAPE_API Symbol pow(double a, const Symbol& b);
XTAPE_API Symbol maximum(const Symbol& a, const Symbol& b);
XTAPE_API Symbol maximum(const Symbol& a, const Tensor& b);
XTAPE_API Symbol maximum(const Tensor& a, const Symbol& b);
XTAPE_API Symbol maximum(const Symbol& a, double b);
XTAPE_API Symbol maximum(double a, const Symbol& b);
XTAPE_API Symbol minimum(const Symbol& a, const Symbol& b);
XTAPE_API Symbol minimum(const Symbol& a, const Tensor& b);
XTAPE_API Symbol minimum(const Tensor& a, const Symbol& b);
XTAPE_API Symbol minimum(const Symbol& a, double b);
XTAPE_API Symbol minimum(double a, const Symbol& b);
XTAPE_API Symbol matmul(const Symbol& a, const Symbol& b);
XTAPE_API Symbol matmul(const Symbol& a, const Tensor& b);
XTAPE_API Symbol matmul(const Tensor& a, const Symbol& b);
XTAPE_API Symbol negative(const Symbol& x);
XTAPE_API Symbol abs(const Symbol& x);
XTAPE_API Symbol exp(const Symbol& x);
XTAPE_API Symbol expm1(const Symbol& x);
XTAPE_API Symbol log(const Symbol& x);
XTAPE_API Symbol log1p(const Symbol& x);
XTAPE_API Symbol sqrt(const Symbol& x);
XTAPE_API Symbol square(const Symbol& x);
XTAPE_API Symbol sin(const Symbol& x);
XTAPE_API Symbol cos(const Symbol& x);
XTAPE_API Symbol tanh(const Symbol& x);
XTAPE_API Symbol relu(const Symbol& x);
XTAPE_API Symbol sigmoid(const Symbol& x);
XTAPE_API Symbol silu(const Symbol& x);
XTAPE_API Symbol softplus(const Symbol& x);

XTAPE_API Symbol sum(const Symbol& x, const Axes& axes, bool keepdims = false);
XTAPE_API Symbol mean(const Symbol& x, const Axes& axes, bool keepdims = false);
XTAPE_API Symbol max(const Symbol& x, const Axes& axes, bool keepdims = false);
XTAPE_API Symbol min(const Symbol& x, const Axes& axes, bool keepdims = false);
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
