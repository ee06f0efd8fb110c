#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/operation.hpp>
#include <xtape/scalar.hpp>

#include "layers/call_signature.hpp"
#include "layers/call_types.hpp"
#include "layers/item_key.hpp"

namespace xtape::layers {

// What an operation that symbols know takes.
enum class OperationForm {
  unary,
  // Two tensors, or one and a constant.
  binary,
  // The same, for results that are bool.
  comparison,
  // One tensor, axes and keepdims.
  reduction,
  // One tensor and axes.
  axis,
  // A list of tensors and an axis.
  list,
  // One tensor, and perhaps the type of the result.
  dtype,
  // One tensor and a key.
  item,
  // One tensor and a shape.
  shape,
  // A condition and two tensors, any of which may be a constant.
  where,
  // Tensors, and options of its own (OperationOptions::options).
  own_options,
};

struct OperationEntry {
  std::string_view name;
  // Keras's, and the module that it is in.
  std::string_view class_name, module;
  OperationForm form;
  // Null for an item, and where there are options of its own.
  Tensor (*compute)(const std::vector<Tensor>& inputs, const OperationOptions& options) = nullptr;
  // Of one with options of its own: what it computes with all of them, these with Keras's defaults as JSON, in which
  // "required" stands for none, how many tensors it takes, and how many dimensions the result has more.
  std::vector<Tensor> (*compute_all)(const std::vector<Tensor>& inputs, const Config& options) = nullptr;
  std::string_view defaults = {};
  std::size_t operands = 1;
  int added_axes = 0;
};

// What `operands` says of a list of tensors, and of as many tensors as are given.
inline constexpr std::size_t a_list = 98, any_number = 99;

std::span<const OperationEntry> operations_with_options();

// @throws ValueError for an unknown operation, or class, with the nearest ones.
const OperationEntry& find_operation(const std::string& name);
const OperationEntry& find_operation_class(const std::string& class_name);

// An operation hands on no masks, as in Keras, where layers alone have to do with them.
class OperationImpl : public LayerImpl, public TellsOutputTypes {
 public:
  // @throws ValueError for an unknown operation, an option that it does not take, a constant that is neither a number
  // nor a tensor, a key that is none, and a cast or reshape that does not say to what.
  explicit OperationImpl(OperationOptions given);

  std::string class_name() const override { return std::string(entry_.class_name); }
  void fields(Fields& f) override;
  std::vector<Tensor> call(const std::vector<Tensor>& inputs);
  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override;
  std::vector<DType> output_dtypes(const Arguments<Symbol>& arguments) override;

  // As Keras writes it. In a functional model constant and key stand among the arguments of a call instead.
  Config keras_config(bool with_constant) const;
  Config::List call_arguments(Config::List symbols) const;
  CallSignature signature() const;

 private:
  // What stands in the place of an operand: a tensor, a number, or nothing where that is an input.
  struct Constant {
    Tensor tensor = {};
    std::optional<Scalar> number = {};

    bool is_none() const { return !tensor.defined() && !number; }
  };

  void check_options() const;
  // Puts the defaults in the place of options of its own that are not given.
  void complete_options();
  void read_constants();
  // How many tensors it takes, or constants in their places.
  std::size_t operands() const;
  void check_number_of_inputs(std::size_t given) const;
  // A number, as the operand beside a tensor of that type.
  Tensor beside(DType type, Scalar number) const;
  // All operands: constants in their places, and these in the others.
  std::vector<Tensor> with_constants(std::vector<Tensor> inputs) const;
  // An axis that is not one of the symbol's. @throws IndexError.
  void check_axes(const Shape& shape) const;
  // Of squeeze without axes, the first symbol says for all calls which are of length 1: what is unknown there stays, a
  // batch of one for example.
  void settle_axes(const Shape& shape);
  Shape result_shape(const std::vector<Symbol>& inputs) const;
  // Whether it takes a list, as one argument.
  bool takes_list() const;
  // That of the result for symbols of these types.
  DType result_dtype(const std::vector<Symbol>& inputs) const;

  OperationOptions given_;
  const OperationEntry& entry_;
  // One for each operand; empty if there are none.
  std::vector<Constant> constants_;
  ItemKey key_;
};

// Whether a configuration is that of an operation, by its module.
bool is_operation(const Config& config);
// The operation that it describes, with the constant of its first call.
Layer operation_of(const Config& config);

}  // namespace xtape::layers
