#include "ops/registry.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "catch.hpp"
#include "source_folder.hpp"

namespace xtape::test {
namespace {

using autograd::OpEntry;

const std::filesystem::path repository = std::filesystem::path(source_folder()) / "..";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string text_of(OpEntry::Kind kind) {
  switch (kind) {
    case OpEntry::Kind::value:
      return "";
    case OpEntry::Kind::view:
      return "view";
    case OpEntry::Kind::creation:
      return "new";
    case OpEntry::Kind::in_place:
      break;
  }
  return "in place";
}

std::string text_of(OpEntry::Answer answer) {
  switch (answer) {
    case OpEntry::Answer::rule:
      return "own rule";
    case OpEntry::Answer::linear:
      return "linear";
    case OpEntry::Answer::decomposition:
      return "decomposition";
    case OpEntry::Answer::elementwise:
      return "elementwise";
    case OpEntry::Answer::loop:
      return "loop";
    case OpEntry::Answer::none:
      break;
  }
  return "none";
}

std::string text_of(const std::optional<std::size_t>& count) { return count ? std::to_string(*count) : "any"; }

std::string text_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

// What docs/ops.md says.
std::string reference() {
  std::ostringstream text;
  text << R"(# Operations

All operations of the library, by folder of [lib/ops](../lib/ops), as transforms see them: written from what
they say of themselves by [tests/ops/registry.cpp](../tests/ops/registry.cpp), with `XTAPE_WRITE_DOCS=1` in the
environment. Functions of [include/xtape/ops](../include/xtape/ops) that are not here are composed of these.

*kind*: a view shares the elements of its input; what is new has no inputs; what is in place changes its first input.
*reverse* and *forward*: how it is differentiated in both modes. A linear operation is applied to the tangent; a
decomposition is that into other operations, which are differentiated. *vmap*: how it runs on all examples: elementwise
operations run as they are; a loop runs example by example, for a reason.
)";
  std::string family;
  for (const OpEntry& entry : ops::registry()) {
    if (entry.family != family) {
      family = entry.family;
      text << "\n## " << family << "\n\n| operation | kind | inputs | results | attributes | reverse | forward | vmap |\n"
           << "|---|---|---|---|---|---|---|---|\n";
    }
    text << "| `" << entry.name << "` | " << text_of(entry.kind) << " | " << text_of(entry.inputs) << " | "
         << text_of(entry.results) << " | " << text_of(entry.attributes) << " | ";
    if (entry.reverse == OpEntry::Answer::none && !entry.reason.empty()) {
      text << "none: " << entry.reason << " | none | ";
    } else {
      text << text_of(entry.reverse) << " | " << text_of(entry.forward) << " | ";
    }
    text << text_of(entry.batch) << (entry.loop_reason.empty() ? "" : ": " + entry.loop_reason) << " |\n";
  }
  return text.str();
}

}  // namespace

TEST_CASE("docs/ops.md says what the operations say") {
  const std::filesystem::path path = repository / "docs/ops.md";
  const std::string expected = reference();
  if (std::getenv("XTAPE_WRITE_DOCS")) std::ofstream(path) << expected;
  INFO(
      "docs/ops.md is stale: XTAPE_WRITE_DOCS=1 build/tests/test_ops --filenames-as-tags '[#registry]' writes it anew");
  CHECK(text_of(path) == expected);
}

TEST_CASE("every file of operations is in the registry") {
  const std::string list = text_of(repository / "lib/ops/registry.hpp");
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(repository / "lib/ops")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = text_of(entry.path());
    if (text.find("autograd::apply") == std::string::npos && text.find("ops::unary") == std::string::npos) continue;
    const std::string family = entry.path().parent_path().filename(), file = entry.path().stem();
    INFO("lib/ops/" << family << "/" << file << ".cpp needs a describe_" << file << " in lib/ops/registry.hpp");
    CHECK(text.find("describe_" + file + "(autograd::Registry& to)") != std::string::npos);
    CHECK(list.find("DO(" + family + ", " + file + ")") != std::string::npos);
    ++files;
  }
  CHECK(files > 30);
}

TEST_CASE("every operation answers, or says why it does not") {
  std::set<std::pair<std::string, std::optional<std::size_t>>> known;
  for (const OpEntry& entry : ops::registry()) {
    INFO(entry.family << ": " << entry.name);
    CHECK(known.insert({entry.name, entry.inputs}).second);
    if (entry.kind == OpEntry::Kind::value || entry.kind == OpEntry::Kind::view) {
      CHECK(entry.batch != OpEntry::Answer::none);
    }
    CHECK((entry.batch == OpEntry::Answer::loop) == !entry.loop_reason.empty());
    if (entry.kind == OpEntry::Kind::in_place || entry.kind == OpEntry::Kind::creation) {
      CHECK((entry.reverse == OpEntry::Answer::none && entry.forward == OpEntry::Answer::none));
    } else {
      CHECK((entry.reverse == OpEntry::Answer::none) == !entry.reason.empty());
      CHECK((entry.forward == OpEntry::Answer::none) == !entry.reason.empty());
    }
  }
  CHECK(known.size() > 130);
}

}  // namespace xtape::test
