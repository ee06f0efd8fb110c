#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <xtape/detail/element_places.hpp>
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

// The tensors that one with options of its own takes.
enum class Operands {
  one,
  two,
  // The second one says where.
  tensor_and_positions,
  // As one argument.
  list,
  // One argument each.
  any_number,
};

struct OperationEntry {
  std::string_view name;
  // Keras's, and the module that it is in.
  std::string_view class_name, module;
  OperationForm form;
  // Null for an item, and where there are options of its own.
  Tensor (*compute)(const std::vector<Tensor>& inputs, const OperationOptions& options) = nullptr;
  // Of one with options of its own: what it computes with all of them, and these with Keras's defaults as JSON, in
  // which "required" stands for none.
  std::vector<Tensor> (*compute_all)(const std::vector<Tensor>& inputs, const Config& options) = nullptr;
  std::string_view defaults = {};
  Operands operands = Operands::one;
  // The shapes of the results; null if each element stays where it is.
  std::vector<Shape> (*shapes)(const std::vector<Shape>& operands, const Config& options) = nullptr;
  // The type of the results by that of the first operand; null if single elements tell it.
  DType (*dtype)(DType first, const Config& options) = nullptr;
  // The one of its options that Keras has among the arguments of a call.
  std::string_view call_option = {};
};

std::span<const OperationEntry> operations_with_options();

// @throws ValueError for an unknown operation, or class, with the nearest ones.
const OperationEntry& find_operation(const std::string& name);
const OperationEntry& find_operation_class(const std::string& class_name);

// Whether its tensors are one argument, a list.
bool takes_list(const OperationEntry& entry);
// How many tensors it takes; nothing for as many as are given.
std::optional<std::size_t> operands_of(const OperationEntry& entry);
CallSignature signature_of(const OperationEntry& entry);

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
  Config::Entries call_keywords() const;
  CallSignature signature() const;
  ElementPlaces element_places() const;

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
  // How many tensors it takes, or constants in their places; nothing for as many as are given.
  std::optional<std::size_t> operands() const;
  // One for each operand, null where a tensor is given; empty if there are none.
  std::vector<Config> constants_in_places() const;
  void check_number_of_inputs(std::size_t given) const;
  // A number, as the operand beside a tensor of that type.
  Tensor beside(DType type, Scalar number) const;
  // All operands: constants in their places, and these in the others.
  std::vector<Tensor> with_constants(std::vector<Tensor> inputs) const;
  // The shapes of all operands.
  std::vector<Shape> operand_shapes(const std::vector<Symbol>& inputs) const;
  // @throws IndexError for an axis that the first operand has not.
  void check_axes(const Shape& shape) const;
  // Of squeeze without axes, the first symbol says for all calls which are of length 1: what is unknown there stays, a
  // batch of one for example.
  void settle_axes(const Shape& shape);
  Shape result_shape(std::vector<Shape> shapes) const;
  // That of the results for symbols of these types.
  DType result_dtype(const std::vector<Symbol>& inputs) const;

  OperationOptions given_;
  const OperationEntry& entry_;
  // One for each operand; empty if there are none.
  std::vector<Constant> constants_;
  ItemKey key_;
};

// Whether an argument of a call is a symbol: `{"class_name": "__keras_tensor__", ...}`.
bool is_symbol_config(const Config& config);
// Whether a configuration is that of an operation, by its module.
bool is_operation(const Config& config);
// The operation that it describes, with the constants of its first call.
Layer operation_of(const Config& config);
// One for each of its calls: Keras has constants in calls, so that calls with the same ones have one here.
std::vector<Layer> operations_of(const Config& config);

}  // namespace xtape::layers
