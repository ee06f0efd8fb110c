#include "golden/cases.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <xtape/error.hpp>

#include "catch.hpp"
#include "source_folder.hpp"

namespace xtape::test {

using nlohmann::json;

Tensor Case::array(const std::string& role) const { return load_npy(folder + "/" + files.at(role)); }

double Case::tolerance() const { return std::max(1e-5, 20 * all.number("f32_err", 0)); }

std::vector<Case> load_cases(const std::string& name) {
  const std::string folder = source_folder() + "/golden/data/" + name;
  std::ifstream file(folder + "/cases.json");
  std::vector<Case> cases;
  for (const json& entry : json::parse(file)) {
    const Config all(entry);
    cases.push_back({all.text("id", ""), all.text("kind", ""), all, all.object("config"), folder,
                     entry.at("files").get<std::map<std::string, std::string>>()});
  }
  return cases;
}

void check_cases(const std::string& folder, const std::function<void(const Case&)>& check, const std::string& group) {
  int count = 0;
  for (const Case& reference : load_cases(folder)) {
    if (!group.empty() && reference.all.text("group", "") != group) continue;
    INFO(reference.id);
    try {
      check(reference);
      check_all_read(reference.config);
    } catch (const Error& error) {
      FAIL_CHECK(error.what());
    }
    ++count;
  }
  CHECK(count > 0);
}

void check_close(const char* what, const Tensor& actual, const Tensor& expected, double tolerance) {
  INFO(what);
  REQUIRE(actual.defined());
  CHECK(actual.shape() == expected.shape());
  if (actual.shape() != expected.shape()) return;
  const std::vector<double> a = actual.to_vector<double>(), e = expected.to_vector<double>();
  double scale = 1;
  for (double value : e) {
    if (std::isfinite(value)) scale = std::max(scale, std::abs(value));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    // Equal infinities are close.
    if (a[i] == e[i] || std::abs(a[i] - e[i]) <= tolerance * scale) continue;
    INFO("element " << i << " of " << a.size() << ", shape " << expected.shape() << ", tolerance "
                    << tolerance * scale);
    CHECK(a[i] == e[i]);
    return;
  }
}

}  // namespace xtape::test
