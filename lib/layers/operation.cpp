#include "layers/operation.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/json.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/scalar.hpp>

#include "layers/own_options.hpp"
#include "layers/symbolic_shapes.hpp"
#include "layers/tensor_config.hpp"

namespace xtape::layers {
namespace {

OperationOptions with_name(OperationOptions options) {
  if (options.name.empty()) options.name = detail::unique_name(std::string(find_operation(options.op).name));
  return options;
}

Scalar scalar_of(const Config& number) {
  if (number.is_bool()) return number.boolean();
  return number.is_integer() ? Scalar(number.integer()) : Scalar(number.number());
}

// The one axis; the last one by default.
int axis_of(const OperationOptions& options) {
  return options.axis && !options.axis->all() ? options.axis->values().front() : -1;
}

// Keras has -1 here, and nothing where a shape is written else.
Config newshape_to_config(const Shape& shape) { return to_config(std::vector<int64_t>(shape.begin(), shape.end())); }

std::vector<int> axes_of_length_1(const Shape& shape, int first) {
  std::vector<int> axes;
  for (int axis = first; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) axes.push_back(axis);
  }
  return axes;
}

// With one element, and as many dimensions.
Tensor one_element(int rank, DType dtype) { return zeros(Shape(static_cast<std::size_t>(rank), 1), dtype); }

}  // namespace

OperationImpl::OperationImpl(OperationOptions given)
    : LayerImpl({.name = given.name, .trainable = given.trainable}),
      given_(std::move(given)),
      entry_(find_operation(given_.op)) {
  keeps_input_types();
  with_path([&] {
    check_options();
    complete_options();
  });
  if (entry_.form == OperationForm::item) {
    with_path([&] { key_ = ItemKey(given_.key); });
  } else if (given_.op == "cast" && !given_.dtype) {
    throw ValueError("cast takes a dtype", name());
  } else if (entry_.form == OperationForm::shape && !given_.newshape) {
    throw ValueError("reshape takes a newshape", name());
  }
  with_path([&] { read_constants(); });
}

void OperationImpl::check_options() const {
  const auto is_one_of = [&](std::initializer_list<OperationForm> forms) {
    return std::find(forms.begin(), forms.end(), entry_.form) != forms.end();
  };
  using enum OperationForm;
  const auto refuse = [&](const char* option, const Config& given) {
    throw ValueError(given_.op + " takes no " + option + ", given " + given.str());
  };
  if (!given_.constant.is_null() && operands() != 2) refuse("constant", given_.constant);
  if (!given_.constants.empty() && operands() == 1) refuse("constants", to_config(given_.constants));
  if (!given_.key.is_null() && entry_.form != item) refuse("key", given_.key);
  if (given_.newshape && entry_.form != shape) refuse("newshape", newshape_to_config(*given_.newshape));
  if (given_.axis && !given_.axis->all() && !is_one_of({reduction, axis, list})) {
    refuse("axis", to_config(*given_.axis));
  }
  if (entry_.form == list && given_.axis && !given_.axis->all() && given_.axis->values().size() != 1) {
    throw ValueError(given_.op + " takes one axis, given " + to_config(*given_.axis).str());
  }
  if (given_.keepdims && entry_.form != reduction) refuse("keepdims", true);
  if (!given_.options.is_null() && entry_.form != own_options) refuse("options", given_.options);
}

void OperationImpl::complete_options() {
  if (entry_.form != OperationForm::own_options) return;
  Config complete = parse_json(entry_.defaults);
  if (!given_.options.is_null()) {
    std::vector<std::string> known;
    for (const Config::Entry& entry : complete.entries()) known.push_back(entry.name);
    for (const Config::Entry& entry : given_.options.entries()) {
      if (!complete.find(entry.name)) detail::throw_unknown_name("option of " + given_.op, entry.name, known);
      complete.set(entry.name, entry.value);
    }
  }
  for (const Config::Entry& entry : complete.entries()) {
    if (entry.value == Config("required")) throw ValueError(given_.op + " takes " + entry.name);
  }
  given_.options = std::move(complete);
}

std::vector<Config> OperationImpl::constants_in_places() const {
  if (given_.constant.is_null()) return given_.constants;
  std::vector<Config> constants{Config(), given_.constant};
  if (given_.constant_first) std::swap(constants[0], constants[1]);
  return constants;
}

void OperationImpl::read_constants() {
  const std::vector<Config> configs = constants_in_places();
  if (const auto number = operands(); number && !configs.empty() && configs.size() != *number) {
    throw ValueError(given_.op + " takes " + std::to_string(*number) + " tensors, given constants, or none, for " +
                     std::to_string(configs.size()));
  }
  const auto is_input = [](const Config& config) { return config.is_null(); };
  if (!configs.empty() && std::none_of(configs.begin(), configs.end(), is_input)) {
    throw ValueError(given_.op + ": an operation of constants alone takes no symbol");
  }
  for (const Config& config : configs) {
    Constant& constant = constants_.emplace_back();
    if (is_tensor_config(config)) {
      constant.tensor = tensor_from_config(config);
    } else if (is_constant_config(config)) {
      constant.number = scalar_of(config);
    } else if (!config.is_null()) {
      throw ValueError("the constant must be a number or a tensor, given " + config.str());
    }
  }
}

void OperationImpl::fields(Fields& f) { given_.fields(f); }

std::optional<std::size_t> OperationImpl::operands() const { return operands_of(entry_); }

void OperationImpl::check_number_of_inputs(std::size_t given) const {
  if (constants_.empty()) {
    if (const auto number = operands()) calls::check_inputs(*number, given);
    return;
  }
  const auto inputs =
      std::count_if(constants_.begin(), constants_.end(), [](const Constant& c) { return c.is_none(); });
  calls::check_inputs(static_cast<std::size_t>(inputs), given);
}

Tensor OperationImpl::beside(DType type, Scalar number) const {
  // Comparisons are by value, whatever the type holds.
  if (entry_.form == OperationForm::comparison && !is_floating(type)) return Tensor(number);
  return full({}, number, promote_types(type, number));
}

std::vector<Tensor> OperationImpl::with_constants(std::vector<Tensor> inputs) const {
  if (constants_.empty()) return inputs;
  std::vector<Tensor> all;
  auto next = inputs.begin();
  for (const Constant& constant : constants_) all.push_back(constant.is_none() ? *next++ : constant.tensor);
  // A position meets nothing.
  const bool has_positions = entry_.operands == Operands::tensor_and_positions;
  if (has_positions && constants_[1].number) all[1] = Tensor(*constants_[1].number);
  // A number is of the type of the tensor that it meets, not of a condition; two numbers meet none.
  const std::size_t first = entry_.form == OperationForm::where ? 1 : 0;
  const auto met = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(),
                                [](const Tensor& tensor) { return tensor.defined(); });
  DType type = bool_;
  if (met != all.end()) {
    type = met->dtype();
  } else if (constants_[1].number->is_floating() || constants_[2].number->is_floating()) {
    type = float32;
  } else if (!constants_[1].number->is_bool() || !constants_[2].number->is_bool()) {
    type = int32;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].defined()) all[i] = beside(i < first ? bool_ : type, *constants_[i].number);
  }
  return all;
}

std::vector<Tensor> OperationImpl::call(const std::vector<Tensor>& inputs) {
  check_number_of_inputs(inputs.size());
  if (entry_.form == OperationForm::own_options) return entry_.compute_all(with_constants(inputs), given_.options);
  if (given_.op == "squeeze" && (!given_.axis || given_.axis->all())) {
    // Nobody said what the batch is: the first axis, as for all layers.
    return {squeeze(inputs[0], axes_of_length_1(inputs[0].shape(), 1))};
  }
  if (entry_.form == OperationForm::item) return {key_(inputs[0])};
  return {entry_.compute(with_constants(inputs), given_)};
}

void OperationImpl::check_axes(const Shape& shape) const {
  Axes axes = given_.axis.value_or(Axes());
  const Config* const own = given_.options.is_dict() ? given_.options.find("axis") : nullptr;
  // Where shapes have a rule it says the axes too.
  if (own && !entry_.shapes) axes = own_options::read<Axes>(given_.options, "axis");
  const int added = given_.op == "expand_dims" ? static_cast<int>(axes.values().size()) : 0;
  for (const int axis : axes.values()) checked_axis(given_.op, axis, shape, added);
}

void OperationImpl::settle_axes(const Shape& shape) {
  if (given_.op != "squeeze" || (given_.axis && !given_.axis->all())) return;
  given_.axis = Axes(axes_of_length_1(shape, 0));
}

DType OperationImpl::result_dtype(const std::vector<Symbol>& inputs) const {
  if (entry_.form == OperationForm::item || entry_.form == OperationForm::shape) return inputs[0].dtype();
  const NoGrad no_grad;
  std::vector<Tensor> elements;
  for (const Symbol& input : inputs) elements.push_back(one_element(input.rank(), input.dtype()));
  elements = with_constants(std::move(elements));
  if (entry_.dtype) return entry_.dtype(elements[0].dtype(), given_.options);
  for (Tensor& element : elements) element = one_element(element.rank(), element.dtype());
  if (entry_.compute_all) return entry_.compute_all(elements, given_.options).front().dtype();
  return entry_.compute(elements, given_).dtype();
}

std::vector<Shape> OperationImpl::operand_shapes(const std::vector<Symbol>& inputs) const {
  std::vector<Shape> shapes;
  auto next = inputs.begin();
  for (const Constant& constant : constants_) {
    if (constant.is_none()) {
      shapes.push_back((next++)->shape());
    } else {
      shapes.push_back(constant.tensor.defined() ? constant.tensor.shape() : Shape{});
    }
  }
  for (; next != inputs.end(); ++next) shapes.push_back(next->shape());
  return shapes;
}

Shape OperationImpl::result_shape(std::vector<Shape> shapes) const {
  switch (entry_.form) {
    case OperationForm::binary:
    case OperationForm::comparison:
      return given_.op == "matmul" ? matmul_shape(shapes[0], shapes[1])
                                   : broadcast_shapes(given_.op, shapes[0], shapes[1]);
    case OperationForm::where:
      return broadcast_shapes(given_.op, broadcast_shapes(given_.op, shapes[0], shapes[1]), shapes[2]);
    case OperationForm::item:
      return key_.shape_of(shapes[0]);
    case OperationForm::shape:
      return reshaped_shape(shapes[0], *given_.newshape);
    case OperationForm::reduction:
      return reduced_shape(shapes[0], given_.axis.value_or(Axes()), given_.keepdims);
    case OperationForm::axis: {
      if (given_.op == "squeeze") return squeezed_shape(shapes[0], given_.axis.value_or(Axes()));
      for (const int place : new_axes(shapes[0].rank(), given_.axis.value_or(Axes()))) shapes[0].insert(place, 1);
      return shapes[0];
    }
    case OperationForm::list:
      return concatenated_shape(shapes, axis_of(given_));
    case OperationForm::unary:
    case OperationForm::dtype:
    case OperationForm::own_options:
      break;
  }
  return shapes[0];
}

std::vector<Shape> OperationImpl::compute_output_shapes(const Arguments<Symbol>& arguments) {
  const std::vector<Symbol>& inputs = arguments.inputs;
  check_number_of_inputs(inputs.size());
  settle_axes(inputs[0].shape());
  std::vector<Shape> shapes = operand_shapes(inputs);
  check_axes(shapes[0]);
  if (entry_.form == OperationForm::own_options) {
    return entry_.shapes ? entry_.shapes(shapes, given_.options) : std::vector<Shape>{shapes[0]};
  }
  // What else is wrong with axes is seen on single elements, shapes that do not fit are not.
  const bool axes_first = entry_.form == OperationForm::reduction || entry_.form == OperationForm::axis;
  if (axes_first) result_dtype(inputs);
  return {result_shape(std::move(shapes))};
}

std::vector<DType> OperationImpl::output_dtypes(const Arguments<Symbol>& arguments) {
  const std::size_t results = entry_.shapes ? compute_output_shapes(arguments).size() : 1;
  return std::vector<DType>(results, result_dtype(arguments.inputs));
}

Config OperationImpl::keras_config(bool with_constant) const {
  Config config = Config::dict();
  config.set("module", std::string(entry_.module));
  config.set("class_name", class_name());
  Config options = Config::dict();
  options.set("name", name());
  if (entry_.form == OperationForm::reduction || entry_.form == OperationForm::axis ||
      entry_.form == OperationForm::list) {
    // An empty list, of squeeze where no length is 1, is what Keras finds where it is told nothing.
    const bool has_axes = given_.axis && !given_.axis->values().empty();
    options.set("axis", has_axes ? to_config(*given_.axis) : Config());
  }
  if (entry_.form == OperationForm::own_options) {
    for (const Config::Entry& entry : given_.options.entries()) {
      if (entry.name != entry_.call_option || (with_constant && !entry.value.is_null())) {
        options.set(entry.name, entry.value);
      }
    }
  }
  if (entry_.form == OperationForm::reduction) options.set("keepdims", given_.keepdims);
  if (given_.dtype) options.set("dtype", to_config(*given_.dtype));
  if (given_.newshape) options.set("newshape", newshape_to_config(*given_.newshape));
  if (with_constant && !given_.constant.is_null()) {
    options.set("constant", given_.constant);
    options.set("constant_first", given_.constant_first);
  }
  if (with_constant && !given_.constants.empty()) options.set("constants", to_config(given_.constants));
  if (with_constant && entry_.form == OperationForm::item) options.set("key", given_.key);
  config.set("config", std::move(options));
  config.set("registered_name", class_name());
  return config;
}

Config::List OperationImpl::call_arguments(Config::List symbols) const {
  Config::List operands;
  auto next = symbols.begin();
  for (const Config& constant : constants_in_places()) operands.push_back(constant.is_null() ? *next++ : constant);
  operands.insert(operands.end(), next, symbols.end());
  if (takes_list(entry_)) return {Config(std::move(operands))};
  if (entry_.form == OperationForm::item) operands.push_back(given_.key);
  return operands;
}

Config::Entries OperationImpl::call_keywords() const {
  if (entry_.call_option.empty()) return {};
  const std::string name(entry_.call_option);
  const Config& value = given_.options.at(name);
  return value.is_null() ? Config::Entries{} : Config::Entries{{name, value}};
}

CallSignature OperationImpl::signature() const { return signature_of(entry_); }

ElementPlaces OperationImpl::element_places() const {
  switch (entry_.form) {
    case OperationForm::unary:
    case OperationForm::dtype:
      return ElementPlaces::kept;
    case OperationForm::binary:
      return given_.op == "matmul" ? ElementPlaces::others : ElementPlaces::merged;
    case OperationForm::comparison:
    case OperationForm::where:
      return ElementPlaces::merged;
    case OperationForm::own_options:
      return entry_.shapes ? ElementPlaces::others : ElementPlaces::kept;
    default:
      return ElementPlaces::others;
  }
}

ElementPlaces element_places(const LayerImpl& layer) {
  const auto* const operation = dynamic_cast<const OperationImpl*>(&layer);
  return operation ? operation->element_places() : ElementPlaces::others;
}

void OperationOptions::fields(Fields& f) {
  f("name", name)("trainable", trainable)("dtype", dtype)("op", op);
  f("constant", constant)("constant_first", constant_first)("constants", constants)("key", key);
  f("newshape", newshape)("axis", axis)("keepdims", keepdims).omit_default("options", options, Config());
  f.accept("initial", {}).accept("sparse", {}).accept("ragged", {});
}

Operation::Operation(OperationOptions options) : Layer(make_layer<OperationImpl>(with_name(std::move(options)))) {}

Operation Operation::from_config(const Config& config) {
  return Operation(read_fields<OperationOptions>(config, "Operation"));
}

}  // namespace xtape::layers
