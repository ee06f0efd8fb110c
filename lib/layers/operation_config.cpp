#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/json.hpp>

#include "layers/operation.hpp"
#include "layers/tensor_config.hpp"

// Operations as Keras writes them: what they take is in their calls.
namespace xtape::layers {
namespace {

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
  if (is_constant_config(argument)) return argument;
  if (form != OperationForm::own_options || !is_list_of_numbers(argument)) return {};
  Config tensor = Config::dict();
  tensor.set("value", argument);
  tensor.set("dtype", has_fraction(argument) ? "float32" : "int32");
  Config config = Config::dict();
  config.set("class_name", "__tensor__");
  config.set("config", std::move(tensor));
  return config;
}

}  // namespace

bool takes_list(const OperationEntry& entry) {
  return entry.form == OperationForm::list ||
         (entry.form == OperationForm::own_options && entry.operands == Operands::list);
}

std::optional<std::size_t> operands_of(const OperationEntry& entry) {
  switch (entry.form) {
    case OperationForm::binary:
    case OperationForm::comparison:
      return 2;
    case OperationForm::where:
      return 3;
    case OperationForm::list:
      return std::nullopt;
    case OperationForm::own_options:
      if (entry.operands == Operands::list || entry.operands == Operands::any_number) return std::nullopt;
      return entry.operands == Operands::one ? 1 : 2;
    default:
      return 1;
  }
}

CallSignature signature_of(const OperationEntry& entry) {
  if (takes_list(entry)) return {.arguments = {"xs"}, .inputs = 1};
  switch (entry.form) {
    case OperationForm::binary:
    case OperationForm::comparison:
      return {.arguments = {"x1", "x2"}, .inputs = 2};
    case OperationForm::item:
      return {.arguments = {"x", "key"}, .inputs = 2};
    case OperationForm::where:
      return {.arguments = {"condition", "x1", "x2"}, .inputs = 3};
    case OperationForm::own_options:
      if (entry.operands == Operands::two) return {.arguments = {"x1", "x2"}, .inputs = 2};
      if (entry.operands == Operands::tensor_and_positions) return {.arguments = {"x", "indices"}, .inputs = 2};
      if (entry.operands == Operands::any_number) return {.arguments = {"operands"}, .is_variadic = true};
      if (!entry.call_option.empty()) return {.arguments = {"x", entry.call_option}, .inputs = 1};
      [[fallthrough]];
    default:
      return {.arguments = {"x"}, .inputs = 1};
  }
}

bool is_symbol_config(const Config& config) {
  return config.is_dict() && config.find("class_name") && config.at("class_name") == Config("__keras_tensor__");
}

bool is_operation(const Config& config) {
  const Config* module = config.find("module");
  return module && module->is_text() && module->text().starts_with("keras.src.ops.");
}

namespace {

// What Keras has in a call, and an operation here has itself: what is no tensor of the model.
void read_call(const OperationEntry& entry, const Config& call, OperationOptions& options) {
  const Config::List& arguments = call.at("args").list();
  const Config none = Config::dict(), *const given = call.find("kwargs"), &keywords = given ? *given : none;
  if (entry.form == OperationForm::item) {
    if (arguments.size() > 1) options.key = arguments[1];
    return;
  }
  if (!entry.call_option.empty()) {
    const std::string name(entry.call_option);
    const Config* const value = arguments.size() > 1 ? &arguments[1] : keywords.find(name);
    if (value && !value->is_null()) options.options.set(name, *value);
  }
  const std::optional<std::size_t> number = operands_of(entry);
  if (number == 1) return;
  const CallSignature signature = signature_of(entry);
  std::vector<Config> operands = arguments;
  if (takes_list(entry)) {
    const Config* const listed =
        arguments.empty() ? keywords.find(std::string(signature.arguments[0])) : &arguments.front();
    operands = listed && listed->is_list() ? Config::List(listed->list()) : Config::List{};
  }
  for (std::size_t i = operands.size(); number && i < *number; ++i) {
    const Config* const operand = keywords.find(std::string(signature.arguments[i]));
    operands.push_back(operand ? *operand : Config());
  }
  std::vector<Config> constants;
  for (const Config& operand : operands) {
    constants.push_back(constant_in(operand, entry.form));
    if (!number && constants.back().is_null() && !is_symbol_config(operand)) {
      throw ValueError(std::string(entry.name) + ": expected tensors and constants, given " + operand.str());
    }
  }
  const bool has_any = std::any_of(constants.begin(), constants.end(), [](const Config& c) { return !c.is_null(); });
  if (has_any) options.constants = std::move(constants);
}

// `call`: null for none.
OperationOptions options_of(const Config& config, const Config* call) {
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
      } else if (option.name == "constants") {
        options.constants = option.value.list();
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
  if (call) read_call(entry, *call, options);
  return options;
}

Config::List calls_in(const Config& config) {
  const Config* const calls = config.find("inbound_nodes");
  return calls ? calls->list() : Config::List{};
}

}  // namespace

Layer operation_of(const Config& config) {
  const Config::List calls = calls_in(config);
  return Operation(options_of(config, calls.empty() ? nullptr : &calls.front()));
}

std::vector<Layer> operations_of(const Config& config) {
  std::map<std::string, Layer> made;
  std::vector<Layer> result;
  for (const Config& call : calls_in(config)) {
    OperationOptions options = options_of(config, &call);
    const std::string written = to_json(write_fields(options));
    auto same = made.find(written);
    if (same == made.end()) {
      if (!made.empty()) options.name += "_call_" + std::to_string(result.size());
      same = made.emplace(written, Operation(std::move(options))).first;
    }
    result.push_back(same->second);
  }
  return result;
}

}  // namespace xtape::layers
