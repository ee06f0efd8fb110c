#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <xtape/detail/path.hpp>
#include <xtape/error.hpp>
#include <xtape/utils/plot_model.hpp>

namespace xtape::utils {
namespace {

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw IOError("plot_model: cannot write " + path + ": " + std::generic_category().message(errno));
}

// A text in a file of its own, as long as this lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_((std::filesystem::temp_directory_path() / "xtape_model_XXXXXX").string()) {
    const int file = ::mkstemp(path_.data());
    if (file == -1) throw IOError("plot_model: cannot write " + path_ + ": " + std::generic_category().message(errno));
    ::close(file);
    write(path_, text);
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// As one word of a shell's command.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) result += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return result + '\'';
}

bool succeeds(const std::string& command) { return std::system(command.c_str()) == 0; }

}  // namespace

void plot_model(const models::Model& model, const std::string& to_file, const ModelToDotOptions& options) {
  ModelToDotOptions given = options;
  detail::check_path("plot_model", to_file);
  if (!given.show_layer_names) given.show_layer_names = false;
  std::string kind = std::filesystem::path(to_file).extension().string();
  if (kind.size() < 2) {
    throw ValueError("plot_model: to_file needs an ending that says what to write (.png, .svg, .dot), given \"" +
                     to_file + '"');
  }
  kind.erase(0, 1);
  const std::string dot = model_to_dot(model, given);
  if (kind == "dot" || kind == "gv") return write(to_file, dot);
  if (!succeeds("command -v dot >/dev/null 2>&1")) {
    throw IOError("plot_model: Graphviz's program `dot` makes " + to_file +
                  ", and is not there; install graphviz, or write a file that ends with .dot");
  }
  const TemporaryFile text(dot);
  if (!succeeds("dot " + quoted("-T" + kind) + " -o " + quoted(to_file) + ' ' + quoted(text.path()))) {
    throw IOError("plot_model: `dot` did not write " + to_file + "; see what it said");
  }
}

}  // namespace xtape::utils
