// Layers that keep files of their own.
#include <string>
#include <utility>

#include "catch.hpp"
#include "io/file_content.hpp"
#include "io/zip.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

// Looks indices up in a table of numbers that comes as a file.
struct TableImpl : layers::LayerImpl, layers::KeepsAssets {
  struct Options {
    std::string name = {};
    void fields(Fields& f) { f("name", name); }
  };
  explicit TableImpl(Options given) : LayerImpl({.name = given.name}), options(std::move(given)) {}
  void fields(Fields& f) override { options.fields(f); }
  Tensor call(const Tensor& x) { return x * static_cast<double>(table.size()); }
  Shape compute_output_shape(const Shape& shape) override { return shape; }

  layers::Assets save_assets() const override {
    return {{"table.txt", table}, {"more/none.bin", std::string(1, '\0')}};
  }
  void load_assets(const layers::Assets& assets) override {
    if (assets.size() != 2) throw ValueError("expected two files, given " + std::to_string(assets.size()));
    table = assets.at("table.txt");
  }

  Options options;
  std::string table = "empty";
};
using Table = layers::Handle<TableImpl>;

Sequential make(const std::string& first, const std::string& second) {
  layers::register_layer<Table>({.package = "assets"});
  const Table a({.name = "a"}), b({.name = "b"});
  a->table = first;
  b->table = second;
  const Sequential inner({layers::InputLayer({3}), b}, {.name = "inner"});
  return Sequential{layers::InputLayer({3}), a, inner, layers::Dense(2, {.name = "d"})};
}

}  // namespace

TEST_CASE(".keras files have what layers keep below assets, by the places of the layers") {
  const TemporaryFolder folder;
  const std::string path = folder / "m.keras";
  const Sequential model = make("one", "eleven");
  model.save(path, {.self_test = true});
  const io::ZipReader archive(path);
  CHECK(archive.read_text("assets/layers/table/table.txt") == "one");
  CHECK(archive.read_text("assets/layers/sequential/layers/table/table.txt") == "eleven");
  CHECK(archive.read_text("assets/layers/table/more/none.bin") == std::string(1, '\0'));

  const Model loaded = load_model(path);
  const Tensor x = randn({2, 3});
  CHECK(same(loaded.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0})));
  loaded.save(folder / "again.keras");
  CHECK(io::ZipReader(folder / "again.keras").read_text("assets/layers/table/table.txt") == "one");
}

TEST_CASE("files of layers that are missing or too many are refused") {
  const TemporaryFolder folder;
  const std::string path = folder / "m.keras";
  make("one", "eleven").save(path);
  const io::ZipReader archive(path);
  const auto with = [&](const std::string& left_out, const std::string& extra) {
    std::vector<std::pair<std::string, std::string>> contents;
    for (const std::string& name : archive.names()) {
      if (name != left_out) contents.emplace_back(name, archive.read_text(name));
    }
    if (!extra.empty()) contents.emplace_back(extra, "?");
    std::vector<io::ZipEntry> entries;
    for (const auto& [name, content] : contents) entries.push_back({name, io::as_bytes(content)});
    io::write_zip(folder / "other.keras", entries);
    try {
      load_model(folder / "other.keras");
    } catch (const ValueError& error) {
      return error.message();
    }
    return std::string("no error");
  };
  CHECK(with("", "") == "no error");
  CHECK(with("assets/layers/table/table.txt", "") ==
        "load_model: " + folder / "other.keras" + ": expected two files, given 1");
  CHECK_THAT(with("", "assets/layers/dense/words.txt"), Contains("extra: assets/layers/dense/words.txt, of 1 bytes"));
}

TEST_CASE("older files have no place for what layers keep") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(make("one", "two").save(folder / "m.h5"), Contains("save the model as .keras"));
}

}  // namespace xtape::test
