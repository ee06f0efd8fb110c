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

TEST_CASE("what a layer at several places keeps is at all of them, where Keras reads two layers") {
  const TemporaryFolder folder;
  const std::string path = folder / "m.keras";
  layers::register_layer<Table>({.package = "assets"});
  const Table table({.name = "table"});
  table->table = "eleven";
  const Sequential inner({layers::InputLayer({3}), table}, {.name = "inner"});
  const Sequential model{layers::InputLayer({3}), table, inner};
  model.save(path);
  const io::ZipReader archive(path);
  CHECK(archive.read_text("assets/layers/table/table.txt") == "eleven");
  CHECK(archive.read_text("assets/layers/sequential/layers/table/table.txt") == "eleven");
  const Model loaded = load_model(path);
  CHECK(array_equal(loaded.predict(ones({1, 3}), {.verbose = 0}), full({1, 3}, 36.)));
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

namespace {

// Keeps what it is told to.
struct FilesImpl : layers::LayerImpl, layers::KeepsAssets {
  struct Options {
    std::string name = {};
    void fields(Fields& f) { f("name", name); }
  };
  explicit FilesImpl(Options given) : LayerImpl({.name = given.name}), options(std::move(given)) {}
  void fields(Fields& f) override { options.fields(f); }
  Tensor call(const Tensor& x) { return x * 1.0; }
  Shape compute_output_shape(const Shape& shape) override { return shape; }
  layers::Assets save_assets() const override {
    layers::Assets all = files;
    if (large > 0) all.emplace("large.bin", std::string(large, 'x'));
    return all;
  }
  void load_assets(const layers::Assets& assets) override { files = {{"words.txt", assets.at("words.txt")}}; }

  Options options;
  layers::Assets files;
  std::size_t large = 0;  // of one more file
};
using Files = layers::Handle<FilesImpl>;

}  // namespace

TEST_CASE("files of layers that would not come back are not written") {
  layers::register_layer<Files>({.package = "assets"});
  const TemporaryFolder folder;
  const Files files({.name = "f"});
  const Sequential model{layers::InputLayer({3}), files};
  for (const auto& [name, what] :
       {std::pair(std::string(), "has no name"), std::pair(std::string("a/"), "has no name"),
        std::pair(std::string("z\0w", 3), "zero byte"), std::pair(std::string("\xff.txt"), "in UTF-8"),
        std::pair(std::string("../up"), "no path below"), std::pair(std::string("a/../b"), "no path below"),
        std::pair(std::string("/abs"), "no path below"), std::pair(std::string("a//b"), "no path below"),
        std::pair(std::string("."), "no path below")}) {
    CAPTURE(name);
    files->files = {{name, "text"}};
    CHECK_THROWS_WITH(model.save(folder / "m.keras"), Contains("layers/files") && Contains(what));
  }
  files->files.clear();
  files->large = (std::size_t{256} << 20) + 1;
  CHECK_THROWS_WITH(model.save(folder / "m.keras"), Contains("268435456 bytes") && Contains("large.bin"));
}

TEST_CASE("a layer that does not find its file is named") {
  layers::register_layer<Files>({.package = "assets"});
  const TemporaryFolder folder;
  const Files files({.name = "f"});
  files->files = {{"other.txt", "text"}};
  Sequential{layers::InputLayer({3}), files}.save(folder / "m.keras");
  CHECK_THROWS_AS(load_model(folder / "m.keras"), ValueError);
  CHECK_THROWS_WITH(load_model(folder / "m.keras"),
                    Contains("m.keras") && Contains("the layer at \"layers/files\"") && Contains("other.txt"));
}

TEST_CASE("older files have no place for what layers keep") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(make("one", "two").save(folder / "m.h5"), Contains("save the model as .keras"));
}

}  // namespace xtape::test
