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

bool is_list_of_numbers(const Config& config) {
  if (!config.is_list() || config.list().empty()) return false;
  const Config::List& list = config.list();
  return std::all_of(list.begin(), list.end(),
                     [](const Config& each) { return each.is_number() || is_list_of_numbers(each); });
}

bool has_fraction(const Config& config) {
  if (!config.is_list()) return !config.is_integer();
  return std::any_of(config.list().begin(), config.list().end(), has_fraction);
}

// What stands in the place of an operand in an argument of a call: `ops.take(x, [0, 2])` has a list, which arithmetic
// of Keras tensors does not take. Nothing for what is no constant.
Config constant_in(const Config& argument, OperationForm form) {
  if (is_constant(argument)) return argument;
  if (form != OperationForm::own_options || !is_list_of_numbers(argument)) return {};
  Config tensor = Config::dict();
  tensor.set("value", argument);
  tensor.set("dtype", has_fraction(argument) ? "float32" : "int32");
  Config config = Config::dict();
  config.set("class_name", "__tensor__");
  config.set("config", std::move(tensor));
  return config;
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
  const bool takes_two = operands() == 2;
  if (!given_.constant.is_null() && !takes_two) refuse("constant", given_.constant);
  if (!given_.constants.empty() && !takes_two && entry_.form != where) {
    refuse("constants", to_config(given_.constants));
  }
  if (!given_.key.is_null() && entry_.form != item) refuse("key", given_.key);
  if (given_.newshape && entry_.form != shape) refuse("newshape", newshape_to_config(*given_.newshape));
  if (given_.axis && !given_.axis->all() && !is_one_of({reduction, axis, list})) {
    refuse("axis", to_config(*given_.axis));
  }
  const bool takes_one = entry_.form == list || given_.op == "expand_dims";
  if (takes_one && given_.axis && !given_.axis->all() && given_.axis->values().size() != 1) {
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

bool OperationImpl::takes_list() const {
  return entry_.form == OperationForm::list || (entry_.form == OperationForm::own_options && entry_.operands == a_list);
}

void OperationImpl::read_constants() {
  std::vector<Config> configs = given_.constants;
  if (!given_.constant.is_null()) {
    configs = {Config(), given_.constant};
    if (given_.constant_first) std::swap(configs[0], configs[1]);
  }
  if (!configs.empty() && configs.size() != operands()) {
    throw ValueError(given_.op + " takes " + std::to_string(operands()) + (operands() == 1 ? " tensor" : " tensors") +
                     ", given constants, or none, for " + std::to_string(configs.size()));
  }
  const auto is_input = [](const Config& config) { return config.is_null(); };
  if (!configs.empty() && std::none_of(configs.begin(), configs.end(), is_input)) {
    throw ValueError(given_.op + ": an operation of constants alone takes no symbol");
  }
  for (const Config& config : configs) {
    Constant& constant = constants_.emplace_back();
    if (is_tensor_config(config)) {
      constant.tensor = tensor_from_config(config);
    } else if (is_constant(config)) {
      constant.number = scalar_of(config);
    } else if (!config.is_null()) {
      throw ValueError("the constant must be a number or a tensor, given " + config.str());
    }
  }
}

void OperationImpl::fields(Fields& f) { given_.fields(f); }

std::size_t OperationImpl::operands() const {
  switch (entry_.form) {
    case OperationForm::binary:
    case OperationForm::comparison:
      return 2;
    case OperationForm::where:
      return 3;
    case OperationForm::own_options:
      return entry_.operands;
    default:
      return 1;
  }
}

void OperationImpl::check_number_of_inputs(std::size_t given) const {
  if (entry_.form == OperationForm::list || operands() >= a_list) return;
  const auto inputs =
      std::count_if(constants_.begin(), constants_.end(), [](const Constant& c) { return c.is_none(); });
  calls::check_inputs(constants_.empty() ? operands() : static_cast<std::size_t>(inputs), given);
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
  // Such a number meets nothing: it is a position.
  if (entry_.form == OperationForm::own_options) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].defined()) all[i] = Tensor(*constants_[i].number);
    }
    return all;
  }
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
  std::optional<Axes> axes = given_.axis;
  if (const Config* own = given_.options.is_dict() ? given_.options.find("axis") : nullptr)
    xtape::from_config(*own, axes);
  if (!axes) return;
  const int rank = shape.rank() + entry_.added_axes + (given_.op == "expand_dims" ? 1 : 0);
  for (const int axis : axes->values()) {
    if (axis >= -rank && axis < rank) continue;
    throw IndexError(given_.op + ": axis " + std::to_string(axis) + " is out of range for the shape " + shape.str());
  }
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
  for (Tensor& element : elements) element = one_element(element.rank(), element.dtype());
  return entry_.compute(elements, given_).dtype();
}

Shape OperationImpl::result_shape(const std::vector<Symbol>& inputs) const {
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
      const int rank = shapes[0].rank() + 1, axis = axis_of(given_);
      shapes[0].insert(axis < 0 ? axis + rank : axis, 1);
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
  check_axes(inputs[0].shape());
  if (entry_.form == OperationForm::own_options) return output_shapes_on_zeros(arguments);
  // What else is wrong with axes is seen on single elements, shapes that do not fit are not.
  const bool axes_first = entry_.form == OperationForm::reduction || entry_.form == OperationForm::axis;
  if (axes_first) result_dtype(inputs);
  return {result_shape(inputs)};
}

std::vector<DType> OperationImpl::output_dtypes(const Arguments<Symbol>& arguments) {
  if (entry_.form != OperationForm::own_options) return {result_dtype(arguments.inputs)};
  const NoGrad no_grad;
  std::vector<Tensor> inputs;
  for (const Symbol& input : arguments.inputs) {
    Shape shape = input.shape();
    std::replace(shape.begin(), shape.end(), int64_t{-1}, int64_t{32});
    inputs.push_back(zeros(shape, input.dtype()));
  }
  std::vector<DType> dtypes;
  for (const Tensor& output : call(inputs)) dtypes.push_back(output.dtype());
  return dtypes;
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
    for (const Config::Entry& entry : given_.options.entries()) options.set(entry.name, entry.value);
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
  if (takes_list()) return {Config(std::move(symbols))};
  if (entry_.form == OperationForm::item) symbols.push_back(given_.key);
  if (!given_.constant.is_null()) {
    symbols.insert(given_.constant_first ? symbols.begin() : symbols.end(), given_.constant);
  }
  for (std::size_t i = 0; i < given_.constants.size(); ++i) {
    if (given_.constants[i].is_null()) continue;
    symbols.insert(symbols.begin() + static_cast<std::ptrdiff_t>(i), given_.constants[i]);
  }
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
    case OperationForm::where:
      return {.arguments = {"condition", "x1", "x2"}, .inputs = 3};
    case OperationForm::own_options: {
      if (takes_list()) return {.arguments = {"xs"}, .inputs = 1};
      if (entry_.operands == 1) return {.arguments = {"x"}, .inputs = 1};
      if (entry_.operands == 2) return {.arguments = {"x1", "x2"}, .inputs = 2};
      // Operands have no names.
      CallSignature signature;
      signature.inputs = 16;
      for (const char* const each :
           {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}) {
        signature.arguments.push_back(each);
      }
      return signature;
    }
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
  OperationOptions options;
  if (entry.form == OperationForm::own_options) {
    options.options = Config::dict();
    const Config known = parse_json(entry.defaults);
    for (const Config::Entry& option : config.at("config").entries()) {
      if (option.name == "name") {
        if (option.value.is_text()) options.name = option.value.text();
      } else if (option.name == "constant") {
        options.constant = option.value;
      } else if (option.name == "constant_first") {
        options.constant_first = option.value.boolean();
        // All layers have the others, unless they are options of the operation.
      } else if (known.find(option.name) || (option.name != "trainable" && option.name != "dtype")) {
        options.options.set(option.name, option.value);
      }
    }
  } else {
    options = read_fields<OperationOptions>(config.at("config"), config.at("class_name").text());
  }
  options.op = entry.name;
  // Up to 3.10 an operation with options of its own has its name beside them alone.
  const Config* name = config.find("name");
  if (options.name.empty() && name && name->is_text()) options.name = name->text();
  const Config* calls = config.find("inbound_nodes");
  if (calls && !calls->list().empty()) {
    const Config::List& arguments = calls->list().front().at("args").list();
    const bool is_item = entry.form == OperationForm::item;
    if (is_item && arguments.size() > 1) options.key = arguments[1];
    std::vector<Config> constants;
    for (const Config& argument : arguments)
      constants.push_back(is_item ? Config() : constant_in(argument, entry.form));
    const auto is_one = [](const Config& constant) { return !constant.is_null(); };
    if (entry.form != OperationForm::where) {
      for (std::size_t i = 0; i < constants.size(); ++i) {
        if (constants[i].is_null()) continue;
        options.constant = constants[i];
        options.constant_first = i == 0;
      }
    } else if (std::any_of(constants.begin(), constants.end(), is_one)) {
      options.constants = std::move(constants);
    }
  }
  return Operation(std::move(options));
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
