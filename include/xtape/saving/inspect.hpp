#pragma once

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/export.hpp>
#include <xtape/io/named_tensors.hpp>

namespace xtape::saving {

/// What names of files of models and weights end with, and what options called `format` take: "keras", "weights.h5",
/// "h5", "hdf5", "npz", "safetensors", "pt", "pth".
XTAPE_API std::vector<std::string> formats();

/// The format of a file by what its name ends with, or `format` if that is given, as one name of each: "h5" for
/// "hdf5", "pt" for "pth". @throws ValueError for others than those of formats().
XTAPE_API std::string format_of(const std::string& filepath, const std::string& format = {});

struct InspectOptions {
  /// One of formats(); default: what the name ends with.
  std::string format = {};
};

/// What a file of a model or of weights holds, as it stands there: of no layer is its class looked up.
struct FileContents {
  /// As format_of says it.
  std::string format;
  /// The release that a whole model names, and when it was saved; empty where the file does not say.
  std::string keras_version, date_saved;
  /// The model as Keras writes it: `{"class_name": ..., "config": {...}}`; nothing in files of weights alone.
  Config config;
  /// What Model::get_compile_config gave; nothing for a model that was not compiled.
  Config compile_config;
  /// By their paths in the file.
  io::NamedTensors weights;
  /// The optimizer's state, likewise.
  io::NamedTensors optimizer;
  bool has_random_state = false;
  bool has_self_test = false;
  /// Texts by name, of a safetensors file.
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Reads a file without making a model of it. @throws ValueError for a name that ends otherwise and no format; IOError
/// for a file that cannot be read, FormatError for one that is not what it should be.
XTAPE_API FileContents inspect(const std::string& filepath, const InspectOptions& options = {});

/// Prints Model::summary of the model that the contents of a file describe. Layers that are larger than the arrays of
/// the file are not made. @throws ValueError for weights alone, for layers that cannot be made, and for a model that is
/// not built; FormatError for one that is too large.
XTAPE_API void print_summary(const FileContents& contents);
XTAPE_API void print_summary(const FileContents& contents, std::ostream& out);

}  // namespace xtape::saving
