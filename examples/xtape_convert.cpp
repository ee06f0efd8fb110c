// Converts models and weights between the formats of docs/files.md, and prints what a file holds. Installed as
// xtape-convert:
//
//   xtape-convert model.keras model.h5                               # a whole model
//   xtape-convert model.keras model.safetensors                      # its weights
//   xtape-convert weights.npz weights.safetensors                    # weights as they are
//   xtape-convert net.pt net.safetensors                             # of PyTorch, likewise
//   xtape-convert --model model.json weights.npz model.keras         # weights for an architecture
//   xtape-convert map net.pt --model model.json                      # proposes which module is which layer
//   xtape-convert net.pt --model model.json --map features.0=conv --map classifier=dense model.keras
//   xtape-convert inspect model.keras
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

using namespace xtape;

namespace {

struct Conversion {
  std::string input, output;
  std::string from, to;
  std::string model;
  std::string prefix;                               // of names in a file of PyTorch
  std::vector<std::string> maps;                    // "module=layer"
  std::vector<std::string> flattened, unflattened;  // "module=64,7,7"
  bool force = false, weights_only = false, without_optimizer = false, self_test = false;
};

bool is_flat(const std::string& format) { return format == "safetensors" || format == "npz"; }
bool is_torch(const std::string& format) { return format == "pt"; }
// safetensors hold weights of either, PyTorch's if they are to be mapped.
bool is_mapped(const Conversion& conversion) {
  return !(conversion.maps.empty() && conversion.prefix.empty() && conversion.flattened.empty() &&
           conversion.unflattened.empty());
}

struct Size {
  int64_t numbers = 0, bytes = 0;
};

Size size_of_all(const io::NamedTensors& arrays) {
  Size size;
  for (const auto& [name, array] : arrays) {
    size.numbers += array.numel();
    size.bytes += array.numel() * static_cast<int64_t>(size_of(array.dtype()));
  }
  return size;
}

void print_total(const io::NamedTensors& arrays) {
  const Size size = size_of_all(arrays);
  std::cout << arrays.size() << (arrays.size() == 1 ? " array, " : " arrays, ") << size.numbers << " numbers, "
            << size.bytes << " bytes\n";
}

// A mistake on the command line that CLI11 does not see.
struct UsageError : ValueError {
  using ValueError::ValueError;
};

// --model: an architecture as JSON, or a whole model, whose own weights are replaced.
Model read_architecture(const std::string& path, bool compile) {
  if (!path.ends_with(".json")) {
    const Model model = load_model(path, {.compile = compile});
    // The optimizer begins anew: its state is of the weights that go.
    if (model.compiled()) model.compile_from_config(model.get_compile_config());
    return model;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw IOError("cannot read " + path + ": no such file, or no permission");
  const Model model = [&] {
    try {
      return models::model_from_json(std::string(std::istreambuf_iterator<char>(file), {}));
    } catch (Error& error) {
      error.set_message(path + ": " + error.message() + "; expected a model's configuration, as to_json writes it");
      throw;
    }
  }();
  if (!model.built())
    throw ValueError(path + ": the model has no Input, so that the shapes of its weights are unknown");
  return model;
}

// The parts before and behind the first '='.
std::pair<std::string, std::string> split(const std::string& option, const std::string& value,
                                          const std::string& expected) {
  const std::size_t equals = value.find('=');
  if (equals == std::string::npos) throw UsageError(option + ": expected " + expected + ", given " + value);
  return {value.substr(0, equals), value.substr(equals + 1)};
}

// "fc1=64,7,7"
std::vector<std::pair<std::string, Shape>> axes_of(const std::string& option, const std::vector<std::string>& values) {
  const std::string expected = "module=lengths, as fc1=64,7,7";
  std::vector<std::pair<std::string, Shape>> result;
  for (const std::string& value : values) {
    const auto [module, lengths] = split(option, value, expected);
    std::vector<int64_t> axes;
    std::istringstream text(lengths);
    for (std::string axis; std::getline(text, axis, ',');) {
      const char* const last = axis.data() + axis.size();
      const auto [end, error] = std::from_chars(axis.data(), last, axes.emplace_back());
      if (error != std::errc() || end != last) axes.back() = 0;
    }
    if (axes.empty() || std::any_of(axes.begin(), axes.end(), [](int64_t length) { return length < 1; })) {
      throw UsageError(option + ": expected " + expected + ", given " + value);
    }
    result.emplace_back(module, Shape(axes.begin(), axes.end()));
  }
  return result;
}

void load_from_torch(const Model& model, const Conversion& conversion, const std::string& from) {
  saving::LoadTorchWeightsOptions options{.prefix = conversion.prefix,
                                          .flattened = axes_of("--flattened", conversion.flattened),
                                          .unflattened = axes_of("--unflattened", conversion.unflattened),
                                          .format = from};
  for (const std::string& map : conversion.maps) options.map.push_back(split("--map", map, "module=layer"));
  saving::load_torch_weights(model, conversion.input, options);
}

Model read_model(const Conversion& conversion, const std::string& from, bool& self_test) {
  const bool compile = !conversion.without_optimizer;
  if (conversion.model.empty()) {
    if (!is_flat(from) && !is_torch(from)) {
      const saving::FileContents contents = saving::inspect(conversion.input, {.format = from});
      self_test = self_test || contents.has_self_test;
      if (!contents.config.is_null()) return load_model(conversion.input, {.compile = compile, .format = from});
    }
    throw ValueError(conversion.input +
                     " holds weights alone: what they are for is needed (--model FILE), unless the output is "
                     "safetensors or npz and the input safetensors, npz or of PyTorch");
  }
  const Model model = read_architecture(conversion.model, compile);
  if (is_torch(from) || is_mapped(conversion)) {
    load_from_torch(model, conversion, from);
  } else {
    try {
      model.load_weights(conversion.input, {.format = from});
    } catch (Error& error) {
      if (from == "safetensors") {
        error.set_message(error.message() + "\nIf these are weights of PyTorch, `xtape-convert map` proposes a --map");
      }
      throw;
    }
  }
  return model;
}

// The names stay as they are.
void copy_arrays(const Conversion& conversion, const std::string& from, const std::string& to) {
  const saving::FileContents contents = saving::inspect(conversion.input, {.format = from});
  if (to == "npz") {
    io::save_npz(conversion.output, contents.weights);
    if (!contents.metadata.empty()) std::cerr << "Left out: the texts of the metadata, for which npz has no place\n";
  } else {
    io::save_safetensors(conversion.output, contents.weights, contents.metadata);
  }
  std::cout << "Wrote " << conversion.output << ": ";
  print_total(contents.weights);
}

void convert(const Conversion& conversion) {
  const std::string from = saving::format_of(conversion.input, conversion.from);
  const std::string to = saving::format_of(conversion.output, conversion.to);
  if (is_torch(to)) throw ValueError(conversion.output + ": files of PyTorch are read, not written");
  if (to == "keras" && conversion.weights_only) {
    throw UsageError("--weights-only: a .keras file is a whole model; write .weights.h5, .safetensors or .npz");
  }
  if (is_mapped(conversion) && (conversion.model.empty() || !(is_torch(from) || from == "safetensors"))) {
    throw UsageError(
        "--map, --prefix, --flattened and --unflattened are for weights of PyTorch (.pt, .pth, .safetensors) that go "
        "into a --model");
  }
  if (!conversion.force && std::filesystem::exists(conversion.output)) {
    throw ValueError(conversion.output + " is there; --force replaces it");
  }
  if (conversion.model.empty() && is_flat(to) && (is_flat(from) || is_torch(from))) {
    return copy_arrays(conversion, from, to);
  }
  bool self_test = conversion.self_test;
  const Model model = read_model(conversion, from, self_test);
  const bool is_whole = to == "keras" || (to == "h5" && !conversion.weights_only);
  if (is_whole) {
    model.save(conversion.output, {.format = to, .overwrite = conversion.force, .self_test = self_test});
  } else {
    // Of a model that was never compiled no state of an optimizer is written.
    model.save_weights(conversion.output, {.format = to, .overwrite = conversion.force});
    const bool has_state = model.compiled() && model.optimizer().iterations() > 0;
    if (has_state && to != "weights.h5") std::cerr << "Left out: the optimizer's state\n";
  }
  io::NamedTensors weights;
  for (const layers::Variable& weight : model.weights()) weights.emplace_back(weight.path, weight.value);
  std::cout << "Wrote " << conversion.output << (is_whole ? ", a whole model: " : ": ");
  print_total(weights);
}

// What the options of a conversion would be.
void print_map(const Conversion& conversion) {
  const Model model = read_architecture(conversion.model, false);
  std::cout << "// .map of saving::load_torch_weights; here an option each: --map module=layer; of .flattened\n"
               "// --flattened module=64,7,7\n";
  saving::print_weight_map(model, conversion.input, {.prefix = conversion.prefix, .format = conversion.from});
}

void print_arrays(const std::string& title, const io::NamedTensors& arrays) {
  std::size_t name_width = 4, shape_width = 5;
  for (const auto& [name, array] : arrays) {
    name_width = std::max(name_width, name.size());
    shape_width = std::max(shape_width, array.shape().str().size());
  }
  const auto row = [&](const std::string& name, const std::string& shape, const std::string& dtype,
                       const std::string& bytes) {
    std::cout << "  " << std::left << std::setw(static_cast<int>(name_width)) << name << "  "
              << std::setw(static_cast<int>(shape_width)) << shape << "  " << std::setw(7) << dtype << std::right
              << std::setw(12) << bytes << '\n';
  };
  std::cout << title << ": ";
  print_total(arrays);
  if (arrays.empty()) return;
  row("name", "shape", "dtype", "bytes");
  for (const auto& [name, array] : arrays) {
    row(name, array.shape().str(), xtape::name(array.dtype()), std::to_string(size_of_all({{name, array}}).bytes));
  }
}

// The table of summary; of a model with layers that are not known here, its classes.
void print_architecture(const saving::FileContents& contents) {
  try {
    return saving::print_summary(contents);
  } catch (const Error& error) {
    std::cout << "The layers cannot be made here: " << error.what() << '\n';
  }
  const Config& config = contents.config;
  const Config* options = config.is_dict() ? config.find("config") : nullptr;
  const Config* layers = options && options->is_dict() ? options->find("layers") : nullptr;
  if (!layers || !layers->is_list()) return;
  for (const Config& layer : layers->list()) {
    const Config* kind = layer.is_dict() ? layer.find("class_name") : nullptr;
    if (kind && kind->is_text()) std::cout << "  " << kind->text() << '\n';
  }
}

void print_contents(const std::string& path, const std::string& format) {
  const saving::FileContents contents = saving::inspect(path, {.format = format});
  const bool is_whole = !contents.config.is_null();
  std::cout << "File:          " << path << ", " << std::filesystem::file_size(path) << " bytes\n"
            << "Format:        " << contents.format << (is_whole ? ", a whole model" : ", weights alone") << '\n';
  if (!contents.keras_version.empty()) std::cout << "Keras version: " << contents.keras_version << '\n';
  if (!contents.date_saved.empty()) std::cout << "Saved:         " << contents.date_saved << '\n';
  if (is_whole) {
    std::cout << "Compiled:      " << (contents.compile_config.is_null() ? "no" : to_json(contents.compile_config))
              << '\n'
              << "Random state:  " << (contents.has_random_state ? "yes" : "no") << '\n'
              << "Self-test:     " << (contents.has_self_test ? "yes" : "no") << '\n';
  }
  for (const auto& [name, text] : contents.metadata) std::cout << "Metadata:      " << name << ": " << text << '\n';
  if (is_whole) print_architecture(contents);
  print_arrays("Weights", contents.weights);
  if (!contents.optimizer.empty()) print_arrays("Optimizer", contents.optimizer);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Converts models and weights between the files of Keras, safetensors, NumPy and PyTorch.",
               "xtape-convert"};
  app.footer(
      "Formats, by what a name ends with: .keras (whole models), .h5 (whole models, or weights alone), .weights.h5,\n"
      ".safetensors and .npz (weights); .pt and .pth are read. A whole model that becomes weights leaves its layers "
      "out;\n"
      "weights become a model with --model; of PyTorch's the subcommand map says which module seems to be which "
      "layer.\n"
      "A file is written whole or not at all.\n"
      "Exit status: 0, 1 where a file cannot be read, converted or written, 2 for a wrong command line.");
  Conversion conversion;
  const std::vector<std::string> formats = saving::formats();
  CLI::Option* const input = app.add_option("input", conversion.input, "The file to read");
  CLI::Option* const output = app.add_option("output", conversion.output, "The file to write");
  app.add_option("--model", conversion.model,
                 "What the weights are for: a model's configuration (.json) or a whole model (.keras, .h5)");
  app.add_option("--from", conversion.from, "Format of the input, where its name does not end with it")
      ->check(CLI::IsMember(formats));
  app.add_option("--to", conversion.to, "Format of the output, likewise")->check(CLI::IsMember(formats));
  app.add_option("--map", conversion.maps,
                 "module=layer: which layer takes the weights of a module of PyTorch; once for each, unless names or "
                 "shapes leave one way alone")
      ->allow_extra_args(false);
  app.add_option(
         "--flattened", conversion.flattened,
         "module=64,7,7: what the features that a module of PyTorch takes are made of there, [channels, height, "
         "width] of an image; once for each where the model does not show it (the subcommand map says where)")
      ->allow_extra_args(false);
  app.add_option("--unflattened", conversion.unflattened, "The same for what it returns, where that becomes an image")
      ->allow_extra_args(false);
  app.add_option("--prefix", conversion.prefix, "Read of a file of PyTorch what begins so, as model_state_dict");
  app.add_flag("--weights-only", conversion.weights_only, "Write no whole model to a .h5 file");
  app.add_flag("--without-optimizer", conversion.without_optimizer,
               "Leave out the optimizer's state and what the model was compiled with");
  app.add_flag("--self-test", conversion.self_test,
               "Keep a few inputs with their outputs, which loading compares (a file that has them keeps them)");
  app.add_flag("-f,--force", conversion.force, "Replace an output that is there");

  std::string file, format;
  CLI::App* const inspect = app.add_subcommand("inspect", "Print what a file holds");
  inspect->add_option("file", file, "The file to read")->required();
  inspect->add_option("--from", format, "Its format, where its name does not end with it")
      ->check(CLI::IsMember(formats));

  CLI::App* const map = app.add_subcommand("map", "Propose which modules of PyTorch are which layers");
  map->add_option("file", conversion.input, "The weights of PyTorch (.pt, .pth, .safetensors)")->required();
  map->add_option("--model", conversion.model, "What they are for, as in a conversion")->required();
  map->add_option("--prefix", conversion.prefix, "As in a conversion");

  try {
    app.parse(argc, argv);
    if (!inspect->parsed() && !map->parsed() && (input->empty() || output->empty())) {
      throw CLI::RequiredError("input and output, or inspect or map and a file,");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (inspect->parsed()) {
    print_contents(file, format);
  } else if (map->parsed()) {
    print_map(conversion);
  } else {
    convert(conversion);
  }
  return std::cout.flush() ? 0 : 1;
} catch (const UsageError& error) {
  std::cerr << "xtape-convert: " << error.what() << '\n';
  return 2;
} catch (const std::exception& error) {
  std::cerr << "xtape-convert: " << error.what() << '\n';
  return 1;
}
