// Damaged files of every format: each is read or refused, whatever was damaged.
#include <xtape/error.hpp>
#include <xtape/io/idx.hpp>
#include <xtape/io/npy.hpp>
#include <xtape/io/npz.hpp>
#include <xtape/io/pt.hpp>
#include <xtape/io/safetensors.hpp>
#include <xtape/json.hpp>
#include <xtape/ops/creation.hpp>

#include "catch.hpp"
#include "damaged_content.hpp"
#include "io/file_content.hpp"
#include "io/hdf5.hpp"
#include "io/zip.hpp"
#include "io/zip_bytes.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

using namespace xtape;

namespace {

// Of so many damaged files, at least one is refused, and no other error comes.
template <class Read>
void check_mutations(const std::string& seed, uint32_t count, Read read) {
  uint32_t refused = 0;
  for (uint32_t number = 0; number < count; ++number) {
    CAPTURE(number);
    try {
      read(damaged_content(seed, number));
    } catch (const FormatError&) {
      ++refused;
    }
  }
  CHECK(refused > 0);
}

template <class Load>
void check_files(const std::string& seed, uint32_t count, Load load) {
  const TemporaryFolder folder;
  check_mutations(seed, count, [&](const std::string& content) { load(folder.write("file", content)); });
}

const std::string golden = source_folder() + "/golden/data/files/";

io::NamedTensors samples() {
  return {{"a", arange(6).reshape({2, 3})}, {"b", full({2}, 1.5, float64)}, {"c", full({}, true, bool_)}};
}

}  // namespace

TEST_CASE("damaged safetensors are read or refused") {
  const TemporaryFolder folder;
  io::save_safetensors(folder / "seed", samples(), {{"key", "value"}});
  check_files(file_content(folder / "seed"), 4000, io::load_safetensors);
}

TEST_CASE("damaged .npy files are read or refused") {
  const TemporaryFolder folder;
  io::save_npy(folder / "seed", arange(6).reshape({2, 3}));
  check_files(file_content(folder / "seed"), 4000, io::load_npy);
}

TEST_CASE("damaged IDX files are read or refused") {
  std::string seed("\0\0\x0D\x02\0\0\0\x02\0\0\0\x03", 12);
  seed.append(24, '\1');
  check_files(seed, 2000, io::load_idx);
}

TEST_CASE("damaged JSON is read or refused") {
  check_mutations(R"({"a": [1, 2.5, {"b": null}], "c": {"d": "text"}, "e": true})", 4000, parse_json);
}

#ifdef XTAPE_HAVE_LIBZIP
TEST_CASE("damaged .npz files are read or refused") {
  const TemporaryFolder folder;
  io::save_npz(folder / "seed", samples());
  check_files(file_content(folder / "seed"), 4000, io::load_npz);
}

TEST_CASE("damaged PyTorch files are read or refused") {
  check_files(file_content(golden + "torch_1_13/all.pt"), 2000, io::load_pt);
}

TEST_CASE("damaged pickles in whole PyTorch files are read or refused") {
  // The checksum of an archive hides the pickle from most changes: here it is right.
  const io::ZipReader archive(golden + "torch_1_13/all.pt");
  std::vector<RawEntry> entries;
  std::size_t pickle = 0;
  for (const std::string& name : archive.names()) {
    if (name.ends_with("data.pkl")) pickle = entries.size();
    entries.push_back(stored_entry(name, archive.read_text(name)));
  }
  const std::string seed = entries[pickle].packed;
  const TemporaryFolder folder;
  check_mutations(seed, 2000, [&](const std::string& content) {
    entries[pickle] = stored_entry(entries[pickle].name, content);
    io::load_pt(folder.write("file", zip_bytes(entries)));
  });
}
#endif

#ifdef XTAPE_HAVE_HDF5
TEST_CASE("damaged HDF5 files are read or refused") {
  const auto read = [](const std::string& content) { io::read_hdf5_image(io::as_bytes(content), "memory"); };
  check_mutations(file_content(golden + "v3_8_0/mlp_uncompiled.h5"), 2000, read);
  check_mutations(file_content(golden + "v3_16_0/embedding_text.weights.h5"), 2000, read);
  // Links in messages.
  check_mutations(file_content(source_folder() + "/golden/data/releases/v3_3_3/not_ascii.h5"), 2000, read);
}
#endif
