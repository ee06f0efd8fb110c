#include <filesystem>
#include <fstream>
#include <xtape/io/npz.hpp>
#include <xtape/io/safetensors.hpp>
#include <xtape/ops/creation.hpp>

// Writes one small file of each format that the figures of Keras lack: seeds FOLDER
int main(int count, char** arguments) {
  using namespace xtape;
  if (count != 2) return 1;
  const std::filesystem::path folder = arguments[1];
  const auto path = [&](const char* format) {
    std::filesystem::create_directories(folder / format);
    return (folder / format / "written").string();
  };
  const io::NamedTensors arrays{
      {"a", arange(6).reshape({2, 3})}, {"b", full({2}, 1.5, float64)}, {"c", full({}, true, bool_)}};
  io::save_npz(path("npz"), arrays);
  io::save_safetensors(path("safetensors"), arrays, {{"key", "value"}});
  std::ofstream(path("idx"), std::ios::binary).write("\0\0\x08\x02\0\0\0\x02\0\0\0\x03\1\2\3\4\5\6", 18);
}
