#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

namespace calls {

template <class Function>
concept FunctionOfTensor = std::is_invocable_r_v<Tensor, Function, const Tensor&>;
template <class Function>
concept FunctionOfTensors =
    !FunctionOfTensor<Function> && std::is_invocable_r_v<Tensor, Function, const std::vector<Tensor>&>;

}  // namespace calls

struct LambdaOptions {
  /// The shape of one sample of the result, without the batch. Default: found by calls on zeros.
  std::optional<Shape> output_shape = std::nullopt;
  /// The mask of the result of a call on x, whose mask, the second tensor, may be undefined, as may be what is
  /// returned. Default: the result has none.
  std::function<Tensor(const Tensor& x, const Tensor& mask)> mask = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
};

/// A function as a layer, of one tensor or of a list of them: `Lambda([](const Tensor& x) { return x * x; })`. Layers
/// that the function holds, not by reference, are parts of it. It cannot be written: `get_config`, and with it saving
/// and cloning, @throws ValueError; what is to be saved is a layer of one's own (docs/adding_a_layer.md).
class XTAPE_API Lambda : public Layer {
 public:
  /// @throws ValueError for an empty std::function or a null pointer.
  template <calls::FunctionOfTensor Function>
  explicit Lambda(Function function, LambdaOptions options = {})  // refused? see LambdaOptions
      : Lambda(std::function<Tensor(const Tensor&)>(std::move(function)), Made{}, std::move(options)) {}
  template <calls::FunctionOfTensors Function>
  explicit Lambda(Function function, LambdaOptions options = {})
      : Lambda(std::function<Tensor(const std::vector<Tensor>&)>(std::move(function)), Made{}, std::move(options)) {}
  /// @throws ValueError: a function is not read from a file.
  static Lambda from_config(const Config& config);

 private:
  struct Made {};
  Lambda(std::function<Tensor(const Tensor&)> function, Made, LambdaOptions&& options);
  Lambda(const std::function<Tensor(const std::vector<Tensor>&)>& function, Made, LambdaOptions&& options);
};

}  // namespace xtape::layers
