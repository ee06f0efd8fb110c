#include "io/array_group.hpp"

#include <xtape/ops/creation.hpp>

#include "catch.hpp"

using namespace xtape;
using io::ArrayGroup;

TEST_CASE("an ArrayGroup finds what stands at a path") {
  ArrayGroup file;
  file.add_array("layers/dense/vars/0", full({2}, 1));
  file.add_array("layers/dense/vars/1", full({2}, 2));
  file.add_array("seed", full({}, 3));
  file.group_at("layers/dense").attributes.emplace_back("name", std::string("first"));

  REQUIRE(file.find_array("layers/dense/vars/1") != nullptr);
  CHECK(file.find_array("layers/dense/vars/1")->to_vector<int>() == std::vector<int>{2, 2});
  CHECK(file.find_array("seed")->item() == 3);
  CHECK(file.find_array("layers/dense/vars/2") == nullptr);
  CHECK(file.find_array("layers/dense/vars") == nullptr);
  CHECK(file.find_array("nothing/0") == nullptr);

  CHECK(file.find_group("") == &file);
  REQUIRE(file.find_group("layers/dense") != nullptr);
  CHECK(file.find_group("layers/dense") == &file.group_at("layers/dense"));
  CHECK(file.find_group("layers/conv2d") == nullptr);
  const ArrayGroup& dense = *file.find_group("layers/dense");
  CHECK(*dense.find_attribute_of<std::string>("name") == "first");
  CHECK(dense.find_attribute_of<int64_t>("name") == nullptr);
  CHECK(dense.find_attribute("other") == nullptr);
}

TEST_CASE("an ArrayGroup keeps the order in which things came") {
  ArrayGroup file;
  for (const char* path : {"b/1", "a/1", "b/0"}) file.add_array(path, zeros({}));
  REQUIRE(file.groups.size() == 2);
  CHECK(file.groups[0].first == "b");
  CHECK(file.groups[0].second.arrays[0].first == "1");
  CHECK(file.groups[0].second.arrays[1].first == "0");
}

TEST_CASE("a GroupTree makes each group once, in their order") {
  io::GroupTree tree;
  ArrayGroup file;
  for (const char* path : {"layers/b/vars", "layers/a/vars", "layers/b/vars", "", "layers", "optimizer", "layers/a"}) {
    tree.at(path).attributes.emplace_back(path, int64_t{1});
    file.group_at(path).attributes.emplace_back(path, int64_t{1});
  }
  const ArrayGroup made = tree.take();
  const auto text = [](const ArrayGroup& group, const auto& self) -> std::string {
    std::string result;
    for (const auto& [name, value] : group.attributes) result += '@' + name;
    for (const auto& [name, inside] : group.groups) result += ' ' + name + '(' + self(inside, self) + ')';
    return result;
  };
  CHECK(text(made, text) == text(file, text));
}
