#include "reference/cases.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <xtape/ops/creation.hpp>

#include "source_folder.hpp"

namespace xtape::test {
namespace {

using nlohmann::json;

Tensor tensor_of(const json& entry) {
  if (entry.is_null()) return {};
  const auto lengths = entry.at("shape").get<std::vector<int64_t>>();
  const auto values = entry.at("values").get<std::vector<double>>();
  const Tensor x = from_data(values.data(), Shape(lengths.begin(), lengths.end()));
  const std::string type = entry.value("dtype", "float64");
  return type == "bool" ? x.astype(bool_) : type == "int64" ? x.astype(int64) : x;
}

Tensors tensors_of(const json& entry, const char* key) {
  Tensors tensors;
  if (entry.contains(key)) {
    for (const json& each : entry.at(key)) tensors.push_back(tensor_of(each));
  }
  return tensors;
}

}  // namespace

const std::vector<ReferenceCase>& reference_cases() {
  static const std::vector<ReferenceCase> cases = [] {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(source_folder() + "/reference/data")) {
      paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<ReferenceCase> all;
    for (const std::filesystem::path& path : paths) {
      std::ifstream file(path);
      const json family = json::parse(file);
      for (const json& entry : family.at("cases")) {
        all.push_back({entry.at("op"), entry.at("case"), Config(entry.at("config")), tensors_of(entry, "inputs"),
                       tensors_of(entry, "values"), tensors_of(entry, "cotangents"), tensors_of(entry, "tangents"),
                       tensors_of(entry, "gradients"), tensors_of(entry, "jvp"), tensors_of(entry, "hvp")});
      }
    }
    return all;
  }();
  return cases;
}

}  // namespace xtape::test
