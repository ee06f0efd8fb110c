#include "layers/operation.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/scalar.hpp>

#include "layers/symbolic_shapes.hpp"
#include "layers/tensor_config.hpp"

namespace xtape::layers {
namespace {

OperationOptions with_name(OperationOptions options) {
  if (options.name.empty()) options.name = detail::unique_name(std::string(find_operation(options.op).name));
  return options;
}

// Whether it is a number or a tensor, and no symbol.
bool is_constant(const Config& config) { return config.is_number() || config.is_bool() || is_tensor_config(config); }

Scalar scalar_of(const Config& number) {
  if (number.is_bool()) return number.boolean();
  return number.is_integer() ? Scalar(number.integer()) : Scalar(number.number());
}

// With one element, and as many dimensions.
Tensor one_element(int rank, DType dtype) { return zeros(Shape(static_cast<std::size_t>(rank), 1), dtype); }

}  // namespace

OperationImpl::OperationImpl(OperationOptions given)
    : LayerImpl({.name = given.name, .trainable = given.trainable}),
      given_(std::move(given)),
      entry_(find_operation(given_.op)) {
  keeps_input_types();
  if (entry_.form == OperationForm::item) {
    with_path([&] { key_ = ItemKey(given_.key); });
  } else if (entry_.form == OperationForm::dtype && given_.op == "cast" && !given_.dtype) {
    throw ValueError("cast takes a dtype", name());
  }
  if (!has_constant()) return;
  if (!is_constant(given_.constant)) {
    throw ValueError("the constant must be a number or a tensor, given " + given_.constant.str(), name());
  }
  if (is_tensor_config(given_.constant)) constant_ = tensor_from_config(given_.constant);
}

void OperationImpl::fields(Fields& f) { given_.fields(f); }

bool OperationImpl::is_elementwise() const {
  switch (entry_.form) {
    case OperationForm::unary:
    case OperationForm::comparison:
    case OperationForm::dtype:
      return true;
    case OperationForm::binary:
      return entry_.name != "matmul";
    default:
      return false;
  }
}

void OperationImpl::check_number_of_inputs(std::size_t given) const {
  if (entry_.form == OperationForm::list) return;
  const bool binary = entry_.form == OperationForm::binary || entry_.form == OperationForm::comparison;
  calls::check_inputs(binary && !has_constant() ? 2 : 1, given);
}

Tensor OperationImpl::constant_beside(DType type) const {
  if (constant_.defined()) return constant_;
  const Scalar number = scalar_of(given_.constant);
  // Comparisons are by value, whatever the type holds.
  if (entry_.form == OperationForm::comparison && !is_floating(type)) return Tensor(number);
  return full({}, number, promote_types(type, number));
}

Tensor OperationImpl::call(const std::vector<Tensor>& inputs) {
  check_number_of_inputs(inputs.size());
  if (entry_.form == OperationForm::item) return key_(inputs[0]);
  if (!has_constant()) return entry_.compute(inputs, given_);
  const Tensor constant = constant_beside(inputs[0].dtype());
  if (given_.constant_first) return entry_.compute({constant, inputs[0]}, given_);
  return entry_.compute({inputs[0], constant}, given_);
}

DType OperationImpl::result_dtype(const std::vector<Symbol>& inputs) {
  if (entry_.form == OperationForm::item) return inputs[0].dtype();
  std::vector<Tensor> elements;
  for (const Symbol& input : inputs) elements.push_back(one_element(input.rank(), input.dtype()));
  if (has_constant()) {
    const Tensor constant = constant_beside(inputs[0].dtype());
    elements.insert(given_.constant_first ? elements.begin() : elements.end(),
                    one_element(constant.rank(), constant.dtype()));
  }
  return entry_.compute(elements, given_).dtype();
}

std::vector<Shape> OperationImpl::compute_output_shapes(const Arguments<Symbol>& arguments) {
  const std::vector<Symbol>& inputs = arguments.inputs;
  check_number_of_inputs(inputs.size());
  const NoGrad no_grad;
  std::vector<Shape> shapes;
  if (entry_.form == OperationForm::item) {
    shapes = {key_.shape_of(inputs[0].shape())};
  } else if (!is_elementwise()) {
    shapes = output_shapes_on_zeros(arguments);
  } else if (inputs.size() == 2) {
    shapes = {broadcast_shapes(given_.op, inputs[0].shape(), inputs[1].shape())};
  } else if (constant_.defined()) {
    shapes = {broadcast_shapes(given_.op, inputs[0].shape(), constant_.shape())};
  } else {
    shapes = {inputs[0].shape()};
  }
  set_dtype(result_dtype(inputs));
  return shapes;
}

Config OperationImpl::keras_config(bool with_constant) const {
  Config config = Config::dict();
  config.set("module", std::string(entry_.module));
  config.set("class_name", class_name());
  Config options = Config::dict();
  options.set("name", name());
  if (entry_.form == OperationForm::reduction || entry_.form == OperationForm::axis ||
      entry_.form == OperationForm::list) {
    options.set("axis", given_.axis ? to_config(*given_.axis) : Config());
  }
  if (entry_.form == OperationForm::reduction) options.set("keepdims", given_.keepdims);
  if (given_.dtype) options.set("dtype", to_config(*given_.dtype));
  if (with_constant && has_constant()) {
    options.set("constant", given_.constant);
    options.set("constant_first", given_.constant_first);
  }
  if (with_constant && entry_.form == OperationForm::item) options.set("key", given_.key);
  config.set("config", std::move(options));
  config.set("registered_name", class_name());
  return config;
}

Config::List OperationImpl::call_arguments(Config::List symbols) const {
  if (entry_.form == OperationForm::list) return {Config(std::move(symbols))};
  if (entry_.form == OperationForm::item) symbols.push_back(given_.key);
  if (has_constant()) symbols.insert(given_.constant_first ? symbols.begin() : symbols.end(), given_.constant);
  return symbols;
}

CallSignature OperationImpl::signature() const {
  switch (entry_.form) {
    case OperationForm::binary:
    case OperationForm::comparison:
      return {.arguments = {"x1", "x2"}, .inputs = 2};
    case OperationForm::item:
      return {.arguments = {"x", "key"}, .inputs = 2};
    case OperationForm::list:
      return {.arguments = {"xs"}, .inputs = 1};
    default:
      return {.arguments = {"x"}, .inputs = 1};
  }
}

bool is_operation(const Config& config) {
  const Config* module = config.find("module");
  return module && module->is_text() && module->text().starts_with("keras.src.ops.");
}

Layer operation_of(const Config& config) {
  const OperationEntry& entry = find_operation_class(config.at("class_name").text());
  auto options = read_fields<OperationOptions>(config.at("config"), config.at("class_name").text());
  options.op = entry.name;
  const Config* calls = config.find("inbound_nodes");
  if (calls && !calls->list().empty()) {
    const Config::List& arguments = calls->list().front().at("args").list();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (entry.form == OperationForm::item) {
        if (i == 1) options.key = arguments[i];
      } else if (is_constant(arguments[i])) {
        options.constant = arguments[i];
        options.constant_first = i == 0;
      }
    }
  }
  return Operation(std::move(options));
}

void OperationOptions::fields(Fields& f) {
  f("name", name)("trainable", trainable)("dtype", dtype)("op", op);
  f("constant", constant)("constant_first", constant_first)("key", key)("axis", axis)("keepdims", keepdims);
  f.accept("initial", {});
}

Operation::Operation(OperationOptions options) : Layer(make_layer<OperationImpl>(with_name(std::move(options)))) {}

Operation Operation::from_config(const Config& config) {
  return Operation(read_fields<OperationOptions>(config, "Operation"));
}

}  // namespace xtape::layers
