#include "io/zip.hpp"

#include <xtape/error.hpp>

#include "address_space_limit.hpp"
#include "catch.hpp"
#include "file_size_limit.hpp"
#include "io/file_content.hpp"
#include "io/format_error.hpp"
#include "io/zip_bytes.hpp"
#include "temporary_folder.hpp"

using namespace xtape;
using namespace std::string_literals;

#ifdef XTAPE_HAVE_LIBZIP
namespace {

// What is in the file of an archive.
std::string written(const std::vector<io::ZipEntry>& entries) {
  const TemporaryFolder folder;
  io::write_zip(folder / "archive", entries);
  return file_content(folder / "archive");
}

// What reading all entries of an archive says.
std::string error_of(const std::string& content) {
  const TemporaryFolder folder;
  return format_error(
      [](const std::string& path) {
        const io::ZipReader archive(path);
        for (const std::string& name : archive.names()) archive.read(name);
      },
      folder.write("file", content));
}

}  // namespace

TEST_CASE("a zip archive holds what was written, in order") {
  const std::string large(100000, 'x');
  const std::vector<io::ZipEntry> entries{{"b/config.json", io::as_bytes("{}")},
                                          {"a", io::as_bytes(large)},
                                          {"empty", {}},
                                          {"\xc3\xa4", io::as_bytes("umlaut")}};
  const TemporaryFolder folder;
  const std::string path = folder / "archive";
  io::write_zip(path, entries);
  const std::string image = file_content(path);
  const auto check = [&](const io::ZipReader& archive) {
    CHECK(archive.names() == std::vector<std::string>{"b/config.json", "a", "empty", "\xc3\xa4"});
    CHECK(archive.read_text("b/config.json") == "{}");
    CHECK(archive.read_text("a") == large);
    CHECK(archive.read("empty").empty());
    CHECK(archive.read_text("\xc3\xa4") == "umlaut");
    CHECK(archive.contains("a"));
    CHECK_FALSE(archive.contains("A"));
  };
  check(io::ZipReader(path));
  check(io::ZipReader(io::as_bytes(image), "memory"));
  CHECK(written(entries) == image);
  // Stored as they are.
  CHECK(image.find(large) != std::string::npos);
}

TEST_CASE("an entry may have many pieces, and be larger than what is written at a time") {
  std::string text;
  io::Content content;
  std::vector<std::string> pieces;
  for (int i = 0; i < 3000; ++i)
    pieces.emplace_back(static_cast<std::size_t>(i % 700), static_cast<char>('a' + i % 26));
  for (const std::string& piece : pieces) {
    content.append(io::as_bytes(piece));
    text += piece;
  }
  REQUIRE(content.bytes() == text.size());
  // The heads before and behind it are not those of small archives.
  const std::string image = written({{"first", io::as_bytes("1")}, {"large", content}, {"last", io::as_bytes("3")}});
  const io::ZipReader archive(io::as_bytes(image), "memory");
  CHECK(archive.names() == std::vector<std::string>{"first", "large", "last"});
  CHECK(archive.read_text("first") == "1");
  CHECK(archive.read_text("large") == text);
  CHECK(archive.read_text("last") == "3");
  CHECK(zip_bytes({stored_entry("first", "1"), stored_entry("large", text), stored_entry("last", "3")}).size() ==
        image.size());
}

TEST_CASE("a zip archive may be empty") {
  const std::string image = written({});
  CHECK(io::ZipReader(io::as_bytes(image), "memory").names().empty());
}

TEST_CASE("a zip archive is read deflated too") {
  const std::string content = zip_bytes({stored_entry("a", "stored"), deflated_entry("b", std::string(5000, 'y'))});
  const io::ZipReader archive(io::as_bytes(content), "memory");
  CHECK(archive.read_text("a") == "stored");
  CHECK(archive.read_text("b") == std::string(5000, 'y'));
}

TEST_CASE("a zip archive's names are checked when it is written") {
  CHECK_THROWS_AS(io::write_zip("/nowhere/file", {{"", {}}}), ValueError);
  CHECK_THROWS_WITH(io::write_zip("/nowhere/file", {{"a", {}}, {"a", {}}}), Contains("given a twice"));
}

TEST_CASE("a zip archive that finds no room is an error of the system, and leaves the old file") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  // Found when an entry is written, and when the archive ends.
  for (const std::size_t bytes : {std::size_t{1000000}, std::size_t{10000}}) {
    const std::string large(bytes, 'x');
    const FileSizeLimit limit(4096);
    CHECK_THROWS_WITH(io::write_zip(path, {{"a", io::as_bytes(large)}}), "cannot write " + path + ": File too large");
    CHECK_THROWS_AS(io::write_zip(path, {{"a", io::as_bytes(large)}}), IOError);
  }
  CHECK(file_content(path) == "old");
}

TEST_CASE("a zip archive that lies is refused") {
  RawEntry bomb = deflated_entry("a", std::string(1000, 'x'));
  bomb.size = 0x7fffffff;
  CHECK(error_of(zip_bytes({bomb})) == "file, entry a: expected a size that " + std::to_string(bomb.packed.size()) +
                                           " bytes of the file can unpack to, found 2147483647");
  RawEntry longer = stored_entry("a", "abc");
  longer.size = 1 << 30;
  CHECK(error_of(zip_bytes({longer})) ==
        "file, entry a: expected a size that 3 bytes of the file can be, found 1073741824");
  RawEntry shorter = deflated_entry("a", std::string(1000, 'x'));
  shorter.size = 999;
  CHECK_THAT(error_of(zip_bytes({shorter})), Contains("file, entry a: expected "));
  RawEntry damaged = stored_entry("a", "abc");
  damaged.packed = "abd";
  CHECK(error_of(zip_bytes({damaged})) == "file, entry a: expected its data, found: CRC error");
  RawEntry broken = deflated_entry("a", std::string(1000, 'x'));
  broken.packed[1] = '\xff';
  CHECK_THAT(error_of(zip_bytes({broken})), Contains("file, entry a: expected its data"));
  RawEntry other = stored_entry("a", "abc");
  other.method = 12;
  CHECK(error_of(zip_bytes({other})) ==
        "file, entry a: expected an entry that is stored (0) or deflated (8), found method 12");
  RawEntry secret = stored_entry("a", "abcdefghijklmnop");
  secret.flags = 1;
  CHECK_THAT(error_of(zip_bytes({secret})), Contains("expected no encryption"));
  CHECK(error_of(zip_bytes({stored_entry("a", "b"), stored_entry("a", "c")})) ==
        "file: expected one entry of each name, found two of a");
  CHECK_THAT(error_of("no archive"), Contains("file: expected a zip archive, found: "));
  CHECK_THAT(error_of(""), Contains("file: expected a zip archive, found: "));
}

TEST_CASE("an entry is looked at before memory is asked for all of it") {
  const AddressSpaceLimit limit(std::size_t{256} << 20);
  RawEntry large = deflated_entry("a", std::string(100000, 'x'));
  large.size = 1 << 30;
  large.packed.resize(2 << 20);  // which could be as much
  const std::string content = zip_bytes({large, deflated_entry("b", std::string(70000, 'y'))});
  const io::ZipReader archive(io::as_bytes(content), "file");
  const auto refuse = [](std::span<const std::byte> beginning, uint64_t bytes) {
    CHECK(beginning.size() == (1 << 16) + 64);
    CHECK(beginning[0] == std::byte{'x'});
    throw FormatError("of " + std::to_string(bytes) + " bytes");
  };
  CHECK_THROWS_WITH(archive.read("a", refuse), "of 1073741824 bytes");
  CHECK_THROWS_WITH(archive.read_text("a"), "file, entry a: expected at most 1048576 bytes, found 1073741824");
  std::size_t seen = 0;
  const auto look = [&](std::span<const std::byte> beginning, uint64_t) { seen = beginning.size(); };
  CHECK(archive.read("b", look) == archive.read("b"));
  CHECK(seen == (1 << 16) + 64);
  CHECK(archive.read_text("b", 70000) == std::string(70000, 'y'));
  CHECK_THROWS_AS(archive.read_text("b", 69999), FormatError);
}

TEST_CASE("a zip archive says what it is if it is none") {
  CHECK(error_of("\x89HDF\r\n\x1a\n and more") ==
        "file: expected a zip archive, found an HDF5 file, as .h5 and .weights.h5 files are");
  CHECK(error_of("\x93NUMPY and more") == "file: expected a zip archive, found a .npy file");
  const std::string whole = zip_bytes({stored_entry("a", "b")});
  CHECK_THAT(error_of(whole.substr(0, whole.size() / 2)),
             Contains("file: expected a whole zip archive, found one that is cut off or damaged: "));
}

TEST_CASE("a zip archive whose entries share bytes is refused") {
  // A directory of two entries over the bytes of one.
  const std::string content(1000, 'x');
  const std::string one = zip_bytes({stored_entry("a", content)});
  const std::size_t start = one.find("PK\1\2");
  const std::string first = one.substr(start, one.find("PK\5\6") - start);
  std::string second = first;
  second.back() = 'b';
  const std::string count = little_endian(2, 2);
  const std::string file = one.substr(0, start) + first + second + "PK\5\6" + little_endian(0, 4) + count + count +
                           little_endian(first.size() + second.size(), 4) + little_endian(start, 4) +
                           little_endian(0, 2);
  CHECK_THAT(error_of(file), Contains("bytes, which the file has, found more"));
}

TEST_CASE("a zip archive names an entry that it has not") {
  const std::string content = zip_bytes({stored_entry("a", "b")});
  const io::ZipReader archive(io::as_bytes(content), "memory");
  CHECK_THROWS_WITH(archive.read("c"), "memory, entry c: expected it in the archive, found no such entry");
  CHECK_THROWS_AS(io::ZipReader("/nowhere/file"), IOError);
}
#else
TEST_CASE("without libzip an archive is refused with the name of the option") {
  CHECK_THROWS_WITH(io::ZipReader("a.zip"), Contains("XTAPE_WITH_LIBZIP=ON"));
  CHECK_THROWS_WITH(io::write_zip("a.zip", {}), Contains("XTAPE_WITH_LIBZIP=ON"));
}
#endif
