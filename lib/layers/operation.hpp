#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/operation.hpp>

namespace xtape::layers {

// An operation that symbols know. One of the three functions is not null.
struct OperationEntry {
  std::string_view name;
  // Keras's, and the module that it is in.
  std::string_view class_name, module;
  Tensor (*unary)(const Tensor& x) = nullptr;
  Tensor (*binary)(const Tensor& a, const Tensor& b) = nullptr;
  Tensor (*reduction)(const Tensor& x, const Axes& axes, bool keepdims) = nullptr;
};

class OperationImpl : public LayerImpl {
 public:
  // @throws ValueError for an unknown operation or a constant that is neither a number nor a tensor.
  explicit OperationImpl(OperationOptions given);

  std::string class_name() const override { return std::string(entry_.class_name); }
  void fields(Fields& f) override;
  Tensor call(const std::vector<Tensor>& inputs);
  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override;
  Tensor compute_masks(const std::vector<Tensor>&, const std::vector<Tensor>& masks) override;

  // As Keras writes it. In a functional model the constant stands among the arguments of a call instead.
  Config keras_config(bool with_constant) const;
  Config::List call_arguments(Config::List symbols) const;

 private:
  bool has_constant() const { return !given_.constant.is_null(); }
  // How many tensors it is called with.
  std::size_t tensors() const { return entry_.binary && !has_constant() ? 2 : 1; }

  OperationOptions given_;
  const OperationEntry& entry_;
  // A tensor in the place of a number; undefined if there is none.
  Tensor constant_;
};

// Whether a configuration is that of an operation, by its module.
bool is_operation(const Config& config);
// The operation of a layer's configuration, with the constant of its first call if it is one of a functional model.
Layer operation_of(const Config& config);

}  // namespace xtape::layers
